"""`python -m escalation_app` is the `escalation` command."""

import sys

from escalation_app.cli import main

sys.exit(main())
