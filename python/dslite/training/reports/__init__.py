"""What people look at when trainings are done: report.html, a paper's figures, a LaTeX table."""
