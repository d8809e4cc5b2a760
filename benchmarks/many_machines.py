"""A simulation of training on many machines: what averaging gradients and reading images cost, by their number.

    python benchmarks/many_machines.py --plot docs/images/scaling.png

A model of a few lines, not a measurement; `benchmarks/` has measurements of one machine. A step of synchronous training
on n machines takes, where the batch of each machine stays the same:

- computing: seconds of one machine, the same on all;
- averaging the gradients in a ring (Patarasuk and Yuan 2009): 2 (n - 1) / n times their bytes over the speed of one
  link, and 2 (n - 1) times its latency. Half of it is taken to run beside computing;
- reading: the bytes of a batch over what the disk of the machine gives, or, where all read from one shared store, over
  its n-th part of what that gives. It runs beside the step and costs only what is longer than it.

Efficiency is the time of a step on one machine with its data at hand over that on n: .8 on 100 machines means 80 times
as many images a second.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

MACHINES = (1, 2, 4, 8, 16, 32, 64, 128)
BESIDE_COMPUTING = 0.5
"""Part of the averaging that runs while gradients of earlier layers are computed."""


@dataclass(frozen=True)
class Network:
    """A network on its machine: parameters, images a second of one machine, images a batch, bytes of a stored image."""

    name: str
    parameters: float
    speed: float
    batch: int
    image_bytes: float

    @property
    def computing(self):
        """Seconds a step."""
        return self.batch / self.speed


@dataclass(frozen=True)
class Link:
    """What joins machines: bytes a second, seconds of latency."""

    name: str
    bandwidth: float
    latency: float


NETWORKS = (
    Network("small convnet, CPU (104,000 parameters)", 104e3, 12_000, 64, 784),
    Network("EfficientNet-Lite0, CPU (3.4 million)", 3.4e6, 25, 64, 77e3),
    Network("ResNet-50, one GPU a machine (25.6 million)", 25.6e6, 2_500, 256, 110e3),
)
LINKS = (
    Link("1 Gbit/s Ethernet", 0.125e9, 50e-6),
    Link("10 Gbit/s Ethernet", 1.25e9, 30e-6),
    Link("200 Gbit/s InfiniBand", 25e9, 5e-6),
)
DISK = 2e9
"""Bytes a second of a machine's own disk."""

SHARED = 5e9
"""Bytes a second of one store that all machines read."""


def averaging(network, link, machines):
    """Return the seconds in which a ring averages the gradients, float32."""
    sent = 2 * (machines - 1) / machines * 4 * network.parameters
    return sent / link.bandwidth + 2 * (machines - 1) * link.latency


def reading(network, machines, *, shared):
    """Return the seconds in which each machine reads a batch."""
    return network.batch * network.image_bytes / (min(DISK, SHARED / machines) if shared else DISK)


def step(network, link, machines, *, shared=False):
    """Return the seconds of a step."""
    costs = averaging(network, link, machines)
    hidden = min(BESIDE_COMPUTING * costs, network.computing)
    return max(network.computing + costs - hidden, reading(network, machines, shared=shared))


def efficiency(network, link, machines, *, shared=False):
    """Return images a second a machine over those of one machine alone, 0 to 1."""
    return step(network, link, 1) / step(network, link, machines, shared=shared)


def largest(network, link, *, shared, least=0.5):
    """Return the most machines, up to 1,024, of which at least half the time is spent well."""
    return max(n for n in range(1, 1025) if efficiency(network, link, n, shared=shared) >= least)


def show():
    """Print a table: efficiency by network, link and machines."""
    counts = (2, 8, 32, 100)
    titles = " | ".join(f"{n} machines" for n in counts)
    print(f"| network | link | {titles} | 100, one shared store | half is lost from |")
    print("| --- | --- |" + " ---: |" * (len(counts) + 2))
    for network in NETWORKS:
        for link in LINKS:
            cells = [f"{efficiency(network, link, n):.0%}" for n in counts]
            shared, most = efficiency(network, link, 100, shared=True), largest(network, link, shared=True)
            lost = f"{most + 1} machines" if most < 1024 else "beyond 1,024"
            print(f"| {network.name} | {link.name} | {' | '.join(cells)} | {shared:.0%} | {lost} |")


def draw(path):
    """Draw efficiency against machines, a panel a network; dashed where all read from one store."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, all_axes = pyplot.subplots(1, len(NETWORKS), figsize=(12, 3.9), sharey=True)
    for axes, network in zip(all_axes, NETWORKS, strict=True):
        for link in LINKS:
            own = [efficiency(network, link, n) for n in MACHINES]
            (line,) = axes.plot(MACHINES, own, marker="o", markersize=3, label=link.name)
            shared = [efficiency(network, link, n, shared=True) for n in MACHINES]
            axes.plot(MACHINES, shared, "--", color=line.get_color(), linewidth=1)
        axes.set_xscale("log", base=2)
        axes.set_xticks(MACHINES, [str(n) for n in MACHINES])
        axes.set_ylim(0, 1.05)
        axes.set_title(network.name, fontsize=9)
        axes.set_xlabel("machines")
        axes.grid(alpha=0.3)
    all_axes[0].set_ylabel("efficiency")
    handles, labels = all_axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=len(LINKS), frameon=False, fontsize=9)
    figure.tight_layout(rect=(0, 0.07, 1, 1))
    figure.savefig(path, dpi=130)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--plot", type=Path, help="file of the drawing")
    options = parser.parse_args()
    show()
    if options.plot:
        draw(options.plot)


if __name__ == "__main__":
    main()
