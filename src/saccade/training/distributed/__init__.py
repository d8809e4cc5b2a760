"""Training by several processes or machines: each takes its rows of every batch, all hold the same weights.

It stands beside the graph loop of one process (`training.trainer`) and takes TensorFlow's collective operations for the
sums. What is summed, and drawn, is that of the whole batch, so a recipe means the same whatever the number of ranks:

- gradients are weighed by a rank's part of the batch, summed, and applied by every rank (`trainer`);
- augmentation, dropout and noise are drawn for the whole batch, of which a rank takes its rows (`whole_batch`);
- means over the batch, those of batch normalisation too, are means over the whole batch (`whole_batch`);
- metrics count in all ranks what each has counted (`trainer`).

A supervisor starts the ranks of a machine, and ends them when any rank anywhere has died (`supervisor`).
"""
