"""The series that Prometheus is told, one file for each thing that they are about."""
