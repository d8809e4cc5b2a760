"""Model and images → Diagnosis: why a network cannot learn, before hours are spent on it."""

from saccade.diagnosis.diagnosis import Diagnosis
from saccade.diagnosis.doctor import Doctor
from saccade.diagnosis.examination import diagnose
from saccade.diagnosis.faults.zero_kernels import zero_kernels

__all__ = ["Diagnosis", "Doctor", "diagnose", "zero_kernels"]
