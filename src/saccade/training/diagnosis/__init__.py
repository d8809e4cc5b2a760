"""Model and images → Diagnosis: why a network cannot learn, before hours are spent on it."""

from saccade.training.diagnosis.diagnosis import Diagnosis
from saccade.training.diagnosis.doctor import Doctor
from saccade.training.diagnosis.examination import diagnose
from saccade.training.diagnosis.faults.zero_kernels import zero_kernels

__all__ = ["Diagnosis", "Doctor", "diagnose", "zero_kernels"]
