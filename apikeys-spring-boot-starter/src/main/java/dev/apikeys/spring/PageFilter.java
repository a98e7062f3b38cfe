package dev.apikeys.spring;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collection;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.RegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;

/**
 * Serves a page before the servlet behind it is reached. Spring Security 6 compares {@code securityMatcher("/claim/**")} with
 * the path below the mapping of a servlet: if the page were a servlet at {@code /claim/*}, such a chain would never match.
 */
final class PageFilter extends HttpFilter {
    private static final long serialVersionUID = 1L;

    private final transient HttpServlet page;

    private PageFilter(HttpServlet page) {
        this.page = page;
    }

    /** Registers a page: as a servlet if none is mapped to all paths, since containers then run no filter. */
    static RegistrationBean registration(
            String name, String path, HttpServlet page, ObjectProvider<ServletRegistrationBean<?>> servlets) {
        String pattern = path + "/*";
        if (servlets.stream()
                .map(ServletRegistrationBean::getUrlMappings)
                .flatMap(Collection::stream)
                .noneMatch(mapping -> mapping.equals("/") || mapping.equals("/*"))) {
            ServletRegistrationBean<HttpServlet> servlet = new ServletRegistrationBean<>(page, pattern);
            servlet.setName(name);
            return servlet;
        }
        FilterRegistrationBean<PageFilter> filter = new FilterRegistrationBean<>(new PageFilter(page));
        filter.setName(name);
        filter.addUrlPatterns(pattern);
        filter.setMatchAfter(true); // after all other filters, of any order: they protect the page
        return filter;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        page.service(request, response);
    }
}
