"""Model and pictures → Diagnosis: why a network cannot learn, before hours are spent on it."""

from saccade.diagnosing.diagnosis import Diagnosis
from saccade.diagnosing.doctor import Doctor
from saccade.diagnosing.examining import diagnose
from saccade.diagnosing.faults.zero_kernels import zero_kernels

__all__ = ["Diagnosis", "Doctor", "diagnose", "zero_kernels"]
