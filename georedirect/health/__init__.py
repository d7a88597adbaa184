"""Which mirrors are alive: a process of its own asks them, all others read its verdicts in memory that they share."""
