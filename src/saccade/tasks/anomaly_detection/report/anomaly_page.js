"use strict";
// Moves a marker over the curves and says what its threshold did in the test. Everything it writes is text.
const told = JSON.parse(document.getElementById("told").textContent);
const slider = document.getElementById("move");
const frozen = told.points.findIndex((point) => point.frozen);

const count = (number) => Math.round(number).toLocaleString("en");
const brief = (number) => (number >= 100 ? count(number) : Number(number.toPrecision(3)).toString());
const percent = (share) => `${Number((100 * share).toPrecision(share > 0.99 && share < 1 ? 4 : 3))}%`;
const within = (score) => (score.low === null ? percent(score.value) : `${percent(score.value)}; ${percent(score.low)} to ${percent(score.high)}`);

function sentences(point) {
  const said = [`Scores above ${Number(point.threshold.toPrecision(6))} are alarms${point.frozen ? ", the frozen threshold" : ""}.`];
  const rate = point.false_alarm_rate;
  if (point.recall) {
    said.push(`In the test it catches ${count(point.recall.value * told.anomalies)} of ${count(told.anomalies)} anomalies (${within(point.recall)})`);
    said.push(`and rings falsely for ${count(rate.value * told.normal)} of ${count(told.normal)} normal ${told.noun} (${within(rate)}).`);
    said.push(`At ${percent(told.prevalence)} anomalies: ${brief(point.alarms)} alarms in a thousand ${told.noun},`);
    said.push(point.precision === null ? "none." : `${percent(point.precision)} of them right.`);
  } else {
    said.push(`In the test it rings for ${count(rate.value * told.rows)} of ${count(told.rows)} ${told.noun} (${within(rate)}); whether rightly, nobody knows without labels.`);
  }
  if (told.a_day) said.push(`With ${count(told.a_day)} ${told.noun} a day: about ${brief((point.alarms * told.a_day) / 1000)} alarms a day.`);
  return said.join(" ");
}

// what the command takes lies strictly between 0 and 1; where there was no false alarm, less than one in all
function wanted(point) {
  const least = 1 / Math.max(told.normal || told.rows, 2);
  return Number(Math.min(Math.max(point.false_alarm_rate.value, least), 0.99).toPrecision(2));
}

function show() {
  const point = told.points[slider.value];
  const words = sentences(point);
  document.getElementById("said").textContent = words;
  slider.setAttribute("aria-valuetext", `threshold ${Number(point.threshold.toPrecision(4))}`);
  document.getElementById("command").textContent = told.command + wanted(point);
  document.getElementById("back").hidden = frozen < 0 || point.frozen;
  for (const marker of document.querySelectorAll("[data-plot]")) {
    const plot = told.plots[marker.dataset.plot];
    const [left, top] = plot.places[slider.value];
    marker.style.left = `${left}%`;
    marker.style.top = `${plot.top ?? top}%`;
    if (plot.height !== null) marker.style.height = `${plot.height}%`;
  }
}

slider.addEventListener("input", show);
document.getElementById("back").addEventListener("click", () => {
  slider.value = frozen;
  show();
  slider.focus();
});
slider.value = frozen < 0 ? told.points.length >> 1 : frozen;
show();

// on paper everything is open, and the markers stand at the frozen threshold
let closed = [];
window.addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const each of closed) each.open = true;
});
window.addEventListener("afterprint", () => closed.forEach((each) => (each.open = false)));
