package dev.apikeys.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/** Draws what part of a database a fleet needs, by its number of nodes and its setting. */
final class FleetPlot {
    private static final List<Integer> NODES = List.of(1, 2, 5, 10, 20, 50, 100, 200);
    private static final long KEYS = 10_000_000;
    private static final int REQUESTS = 100;

    private FleetPlot() {}

    static void draw(List<Fleet.Node> simulated, FleetCosts costs, Path file) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(Plots.WIDTH)
                .height(Plots.HEIGHT)
                .title("What a fleet needs of one PostgreSQL: 10 million keys, 100 requests a second and node")
                .xAxisTitle("nodes")
                .yAxisTitle("part of the database that was measured")
                .build();
        double[] counts = NODES.stream().mapToDouble(Integer::doubleValue).toArray();
        for (Fleet.Node node : simulated) {
            if (node.keys() == KEYS && node.requests() == REQUESTS) {
                double[] shares = NODES.stream()
                        .mapToDouble(nodes -> costs.share(node.load(nodes), node.demand()))
                        .toArray();
                chart.addSeries(node.setting(), counts, shares);
            }
        }
        chart.addSeries("all of it", new double[] {1, 200}, new double[] {1, 1});
        Plots.style(chart.getStyler());
        chart.getStyler().setXAxisLogarithmic(true);
        chart.getStyler().setYAxisLogarithmic(true);
        chart.getStyler().setXAxisDecimalPattern("#,###");
        chart.getStyler().setYAxisDecimalPattern("#,###.###");
        chart.getStyler().setMarkerSize(8);
        VectorGraphicsEncoder.saveVectorGraphic(chart, file.toString(), VectorGraphicsFormat.SVG);
    }
}
