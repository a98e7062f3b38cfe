package dev.apikeys.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Draws how costs grow, ours beside each peer and the floor. */
final class Plots {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 540;

    private final Results results;

    Plots(Results results) {
        this.results = results;
    }

    /** Draws what this run has figures for, and says which files it made. */
    List<String> draw(Path folder) throws IOException {
        List<String> drawn = new ArrayList<>();
        growth(
                folder,
                drawn,
                "vault-growth.svg",
                "One put and one claim, by how many temp keys wait",
                "temp keys waiting",
                "live",
                Map.of(
                        "apikeys (sealed)", "Ours.putAndClaim",
                        "the source system's vault, mended", "Fixed.putAndTake",
                        "Spring Security one-time tokens", "Spring.generateAndConsume",
                        "bare ConcurrentHashMap (floor)", "Bare.putAndRemove"));
        growth(
                folder,
                drawn,
                "authorize-growth.svg",
                "One decision about a resource, by how many keys exist",
                "keys",
                "keys",
                Map.of(
                        "apikeys (verification included)", "Ours.verify",
                        "jCasbin Enforcer, policies per key", "PerKey.enforcer",
                        "jCasbin SyncedEnforcer, policies per key", "PerKey.syncedEnforcer"));
        growth(
                folder,
                drawn,
                "create-growth.svg",
                "Creating the next 50 000 keys, by how many are present",
                "keys present",
                "present",
                Map.of("apikeys, memory store", "CreateGrowthBenchmark.create"));
        threads(folder, drawn);
        return drawn;
    }

    private void growth(
            Path folder,
            List<String> drawn,
            String file,
            String title,
            String axis,
            String param,
            Map<String, String> series)
            throws IOException {
        XYChart chart = chart(title, axis, "");
        series.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(entry -> {
            List<Measured> points = results.of(entry.getValue()).stream()
                    .sorted(Comparator.comparingDouble(point -> x(point, param)))
                    .toList();
            if (points.size() > 1) {
                chart.setYAxisTitle(points.get(0).unit());
                chart.addSeries(
                        entry.getKey(),
                        points.stream().mapToDouble(point -> x(point, param)).toArray(),
                        points.stream().mapToDouble(Measured::score).toArray());
            }
        });
        if (chart.getSeriesMap().isEmpty()) {
            return;
        }
        chart.getStyler().setXAxisLogarithmic(true);
        chart.getStyler().setYAxisLogarithmic(true);
        save(chart, folder, drawn, file);
    }

    private static double x(Measured point, String param) {
        return Double.parseDouble(point.params().get(param));
    }

    private void threads(Path folder, List<String> drawn) throws IOException {
        XYChart chart = chart("Keys created in a second, by threads", "threads", "keys a second");
        Map<String, String> series = Map.of(
                "apikeys, memory store", "CreateBenchmark.create",
                "apikeys with hand-off", "CreateBenchmark.createHandedOff",
                "floor", "CreateBenchmark.floor");
        series.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(entry -> {
            List<Measured> points = results.of(entry.getValue()).stream()
                    .sorted(Comparator.comparingInt(Measured::threads))
                    .toList();
            if (points.size() > 1) {
                chart.addSeries(
                        entry.getKey(),
                        points.stream().mapToDouble(Measured::threads).toArray(),
                        points.stream().mapToDouble(Measured::score).toArray());
            }
        });
        if (!chart.getSeriesMap().isEmpty()) {
            chart.getStyler().setYAxisMin(0.0);
            save(chart, folder, drawn, "create-threads.svg");
        }
    }

    private static XYChart chart(String title, String x, String y) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
        chart.getStyler().setMarkerSize(8);
        return chart;
    }

    private static void save(XYChart chart, Path folder, List<String> drawn, String file) throws IOException {
        VectorGraphicsEncoder.saveVectorGraphic(chart, folder.resolve(file).toString(), VectorGraphicsFormat.SVG);
        drawn.add(file);
    }
}
