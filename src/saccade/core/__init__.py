"""What every task shares: recipe, run, registry, metric values, findings, atomic files, the Keras backend."""
