// The curves of a training: drawn anew when an epoch is done, in the colours of the page.
const place = document.querySelector("#curves");
const charts = place.querySelector(".charts");
const drawn = new Map();
let last = "";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const shown = (value) => (value == null ? "–" : Math.abs(value) > 0 && Math.abs(value) < 0.001 ? value.toExponential(1) : value.toFixed(4));

function options(chart, width, best) {
  const axis = { stroke: colour("pale"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 }, font: "12px system-ui, sans-serif" };
  const points = { show: chart.epochs.length < 40, size: 6 };
  const series = [
    { label: chart.labels?.[0] ?? "epoch" },
    { label: chart.labels?.[1] ?? "training", stroke: colour("pale"), width: 2, dash: [5, 4], points, value: (_, value) => shown(value) },
  ];
  if (chart.validation.length) series.push({ label: chart.labels?.[2] ?? "validation", stroke: colour("accent"), width: 2, points, value: (_, value) => shown(value) });
  const mark = (plot) => {
    if (!best) return;
    const x = Math.round(plot.valToPos(best, "x", true));
    plot.ctx.save();
    plot.ctx.strokeStyle = colour("good");
    plot.ctx.setLineDash([2, 4]);
    plot.ctx.beginPath();
    plot.ctx.moveTo(x, plot.bbox.top);
    plot.ctx.lineTo(x, plot.bbox.top + plot.bbox.height);
    plot.ctx.stroke();
    plot.ctx.restore();
  };
  const whole = (_, splits) => splits.map((value) => (Number.isInteger(value) ? value : ""));
  return {
    title: chart.name,
    width,
    height: 240,
    scales: { x: { time: false, range: (_, low, high) => (low === high ? [low - 1, high + 1] : [low, high]) } },
    axes: [{ ...axis, values: whole, size: 34 }, { ...axis, size: 58 }],
    series,
    cursor: { points: { size: 8 } },
    hooks: { draw: [mark], ready: [(plot) => plot.setLegend({ idx: chart.epochs.length - 1 })] },
  };
}

function draw({ charts: found, best }) {
  place.hidden = !found.length;
  charts.replaceChildren();
  drawn.clear();
  const boxes = found.map(() => Object.assign(document.createElement("figure"), { className: "chart" }));
  charts.append(...boxes); // all of them first: each takes its part of the width
  for (const [position, chart] of found.entries()) {
    const box = boxes[position];
    const last = chart.epochs.length - 1;
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", `${chart.name} in ${chart.epochs.length} ${chart.labels?.[0] ?? "epoch"}s; the last: ${chart.labels?.[1] ?? "training"} ${shown(chart.training[last])}` + (chart.validation.length ? `, ${chart.labels?.[2] ?? "validation"} ${shown(chart.validation[last])}` : ""));
    const data = [chart.epochs, chart.training, ...(chart.validation.length ? [chart.validation] : [])];
    drawn.set(box, new uPlot(options(chart, box.clientWidth, best), data, box));
  }
}

async function update(force = false) {
  const text = await (await fetch(place.dataset.address)).text();
  if (text === last && !force) return;
  last = text;
  draw(JSON.parse(text));
}

document.body.addEventListener("studio-training", () => update());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => update(true));
new ResizeObserver(() => {
  for (const [box, plot] of drawn) plot.setSize({ width: box.clientWidth, height: 240 });
}).observe(charts);
update();
