"""The bash that runs a page's commands, and the process that lets nothing of it outlive the run."""
