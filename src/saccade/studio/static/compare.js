// The curves of several runs, a chart a measure; drawn anew when the page's width or colours change.
const told = document.querySelector("#curves");
const charts = told ? JSON.parse(told.dataset.curves) : [];
const dark = matchMedia("(prefers-color-scheme: dark)");
let drawn = [];

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function draw() {
  for (const chart of drawn) chart.destroy();
  drawn = [...document.querySelectorAll("[data-chart]")].map((place) => plot(place, charts[place.dataset.chart]));
}

function plot(place, chart) {
  const axis = { stroke: colour("--pale"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const series = chart.series.map((each, at) => ({
    label: each.run,
    stroke: colour(`--series-${at}`),
    width: 2,
    spanGaps: false,
    value: (_, value) => (value == null ? "–" : value.toPrecision(4)),
  }));
  return new uPlot(
    {
      width: place.clientWidth,
      height: 240,
      scales: { x: { time: false } },
      axes: [{ ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500] }, { ...axis, size: 60 }],
      series: [{ label: "epoch" }, ...series],
      hooks: { ready: [(plot) => plot.setLegend({ idx: chart.epochs.length - 1 })] },
    },
    [chart.epochs, ...chart.series.map((each) => each.values)],
    place,
  );
}

if (charts.length) {
  draw();
  dark.addEventListener("change", draw);
  let waiting;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(draw, 150); });
}
