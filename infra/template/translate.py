"""SAM's template into CloudFormation's, as AWS does it: `python translate.py < sam.json > cloudformation.json`.

Runs in the environment of the packaging checks (tools/package-tools), since the translator pins an older pydantic; so
nothing of this project can be imported here.
"""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator


def main() -> None:
    """Translates, or says what is wrong and exits with 1."""
    template = json.load(sys.stdin)
    given = {name: parameter.get("Default", name) for name, parameter in template["Parameters"].items()}
    try:
        translated = Translator({}, Parser()).translate(template, given)
    except InvalidDocumentException as error:
        sys.exit("\n".join(cause.message for cause in error.causes))
    json.dump(translated, sys.stdout)


if __name__ == "__main__":
    main()
