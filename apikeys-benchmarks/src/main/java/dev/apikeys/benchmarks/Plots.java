package dev.apikeys.benchmarks;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Draws how costs grow, ours beside each peer and the floor. */
final class Plots {
    static final String VAULT = "vault-growth.svg";

    private static final String VIRTUAL = "virtualThreads";
    static final int WIDTH = 900;
    static final int HEIGHT = 540;

    /** On a logarithmic axis no bar may reach zero. */
    private static final double MOST_OF_MEAN = 0.9;

    private final Results results;
    private final Map<String, Chart<?, ?>> charts = new LinkedHashMap<>();

    Plots(Results results) {
        this.results = results;
        growth(
                VAULT,
                "One put and one claim, by how many temp keys wait",
                "temp keys waiting",
                "live",
                series(
                        "apikeys, sealed", "VaultBenchmark.Ours.putAndClaim",
                        "the source system's vault without its deadlock", "VaultBenchmark.Fixed.putAndTake",
                        "Spring Security, one-time tokens", "VaultBenchmark.Spring.generateAndConsume",
                        "bare ConcurrentHashMap (floor)", "VaultBenchmark.Bare.putAndRemove"));
        growth(
                "vault-in-a-database-growth.svg",
                "One put and one claim in H2, by how many temp keys wait",
                "temp keys waiting",
                "live",
                series(
                        "apikeys, sealed", "JdbcVaultBenchmark.Ours.putAndClaim",
                        "Spring Security, JdbcOneTimeTokenService", "JdbcVaultBenchmark.Spring.generateAndConsume"));
        growth(
                "authorize-growth.svg",
                "One decision about a resource, by how many keys exist",
                "keys",
                "keys",
                series(
                        "apikeys, verification included", "AuthorizeBenchmark.Ours.verify",
                        "jCasbin Enforcer, policies per key", "AuthorizeBenchmark.PerKey.enforcer",
                        "jCasbin SyncedEnforcer, policies per key", "AuthorizeBenchmark.PerKey.syncedEnforcer"));
        growth(
                "create-growth.svg",
                "Creating the next 50 000 keys, by how many are present",
                "keys present",
                "present",
                series(
                        "apikeys, memory store", "CreateGrowthBenchmark.create",
                        "floor", "CreateGrowthBenchmark.floor"));
        threads();
    }

    private static Map<String, String> series(String... namesAndBenchmarks) {
        Map<String, String> series = new LinkedHashMap<>();
        for (int i = 0; i < namesAndBenchmarks.length; i += 2) {
            series.put(namesAndBenchmarks[i], namesAndBenchmarks[i + 1]);
        }
        return series;
    }

    /** The files that there are figures for. */
    List<String> drawn() {
        return List.copyOf(charts.keySet());
    }

    /** Draws them. */
    void draw(Path folder) throws IOException {
        for (Map.Entry<String, Chart<?, ?>> chart : charts.entrySet()) {
            String file = folder.resolve(chart.getKey()).toString();
            VectorGraphicsEncoder.saveVectorGraphic(chart.getValue(), file, VectorGraphicsFormat.SVG);
        }
    }

    private void growth(String file, String title, String axis, String param, Map<String, String> series) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(axis)
                .build();
        series.forEach((name, benchmark) -> {
            List<Measured> points = results.of(benchmark).stream()
                    .sorted(Comparator.comparingDouble(point -> point.at(param)))
                    .toList();
            if (points.size() > 1) {
                chart.setYAxisTitle(unit(points.get(0)));
                chart.addSeries(
                        name,
                        points.stream().mapToDouble(point -> point.at(param)).toArray(),
                        points.stream().mapToDouble(Measured::score).toArray(),
                        points.stream().mapToDouble(Plots::bar).toArray());
            }
        });
        if (!chart.getSeriesMap().isEmpty()) {
            style(chart.getStyler());
            chart.getStyler().setXAxisLogarithmic(true);
            chart.getStyler().setYAxisLogarithmic(spread(chart) >= 10);
            if (!chart.getStyler().isYAxisLogarithmic()) {
                chart.getStyler().setYAxisMin(0.0);
            }
            chart.getStyler().setXAxisDecimalPattern("#,###");
            chart.getStyler().setYAxisDecimalPattern("#,###.###");
            chart.getStyler().setMarkerSize(8);
            charts.put(file, chart);
        }
    }

    /** How many times the least of all values the most is. */
    private static double spread(XYChart chart) {
        DoubleSummaryStatistics values = chart.getSeriesMap().values().stream()
                .flatMapToDouble(series -> Arrays.stream(series.getYData()))
                .summaryStatistics();
        return values.getMax() / values.getMin();
    }

    private static double bar(Measured point) {
        return Double.isNaN(point.error()) ? 0 : Math.min(point.error(), MOST_OF_MEAN * point.score());
    }

    private static String unit(Measured point) {
        return switch (point.unit()) {
            case "us/op" -> "microseconds";
            case "ms/op" -> "milliseconds for all 50 000";
            default -> point.unit();
        };
    }

    private void threads() {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("Keys created in a second in memory, by threads")
                .xAxisTitle("threads")
                .yAxisTitle("keys a second")
                .build();
        Map<String, String> series = series(
                "apikeys", "create",
                "apikeys with hand-off", "createHandedOff",
                "floor", "floor");
        List<Measured> floors = onThreads("floor");
        series.forEach((name, method) -> {
            List<Measured> points = onThreads(method);
            // The chart wants the same kinds of threads of all.
            if (points.size() == floors.size() && points.size() > 1) {
                chart.addSeries(
                        name,
                        points.stream().map(Plots::kindOfThreads).toList(),
                        points.stream().map(Measured::score).toList(),
                        points.stream().map(Plots::bar).toList());
            }
        });
        if (!chart.getSeriesMap().isEmpty()) {
            style(chart.getStyler());
            chart.getStyler().setYAxisMin(0.0);
            chart.getStyler().setYAxisDecimalPattern("###,###");
            charts.put("create-threads.svg", chart);
        }
    }

    private List<Measured> onThreads(String method) {
        Stream<Measured> platform =
                results.of("CreateBenchmark." + method).stream().sorted(Comparator.comparing(Measured::threads));
        Stream<Measured> virtual = results.of("VirtualThreadsBenchmark." + method).stream()
                .sorted(Comparator.comparing(measured -> measured.at(VIRTUAL)));
        return Stream.concat(platform, virtual).toList();
    }

    private static String kindOfThreads(Measured measured) {
        String virtual = measured.params().get(VIRTUAL);
        return virtual == null ? String.valueOf(measured.threads()) : virtual + " virtual";
    }

    static void style(AxesChartStyler styler) {
        styler.setLegendPosition(LegendPosition.OutsideS);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setLegendBorderColor(Color.WHITE);
        styler.setPlotGridLinesColor(new Color(0xE4E4E4));
        // A dashed line is written as one outline for each dash.
        styler.setPlotGridLinesStroke(new BasicStroke(1));
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 18));
        styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 15));
        styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
    }
}
