package dev.apikeys.spring;

import dev.apikeys.ApiKey;
import dev.apikeys.servlet.ApiKeyFilter;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.annotation.Annotation;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;

/** Gives controllers the key of the request, as {@link ApiKey} or as an optional one. */
final class ApiKeyArgumentResolver implements HandlerMethodArgumentResolver {

    ApiKeyArgumentResolver() {}

    @Override
    public boolean supportsParameter(MethodParameter parameter) {
        return parameter.nestedIfOptional().getNestedParameterType() == ApiKey.class
                && Stream.of(parameter.getParameterAnnotations()).allMatch(ApiKeyArgumentResolver::isNullable);
    }

    /** Any other annotation asks for another resolver. */
    private static boolean isNullable(Annotation annotation) {
        return annotation.annotationType().getSimpleName().equals("Nullable");
    }

    @Override
    public @Nullable Object resolveArgument(
            MethodParameter parameter,
            @Nullable ModelAndViewContainer container,
            NativeWebRequest request,
            @Nullable WebDataBinderFactory factory) {
        Optional<ApiKey> key = key(request.getNativeRequest(HttpServletRequest.class));
        if (parameter.isOptional()) {
            return parameter.getParameterType() == Optional.class ? key : key.orElse(null);
        }
        return key.orElseThrow(() -> new IllegalStateException("There is no API key for a request to "
                + parameter.getExecutable()
                + ". Add its path to apikeys.web.paths or to a chain with ApiKeysConfigurer, or take an"
                + " Optional<ApiKey>"));
    }

    private static Optional<ApiKey> key(@Nullable HttpServletRequest request) {
        if (request == null) {
            return Optional.empty();
        }
        return request.getUserPrincipal() instanceof KeyHolder holder
                ? Optional.of(holder.key())
                : ApiKeyFilter.key(request);
    }
}
