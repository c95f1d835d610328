"""Checks a Terraform module against the schemas of Google's providers, after checking itself with faulty ones.

usage: check_terraform_schema.py FOLDER GOOGLE_WHEEL GOOGLE_BETA_WHEEL
"""

import pathlib
import sys

sys.dont_write_bytecode = True

from configuration import problems  # noqa: E402
from faulty_configurations import EXPECTED_PROBLEMS, FAULTLESS  # noqa: E402
from provider_schema import Provider  # noqa: E402


def main(folder, google, google_beta):
    providers = {"google": Provider(google), "google-beta": Provider(google_beta)}
    for what, text, *expected in [*EXPECTED_PROBLEMS, ("faultless", FAULTLESS)]:
        found = list(problems([text], providers))
        if found != expected:
            sys.exit(f"The check itself is wrong ({what}). It should find {expected}, and found {found} in\n{text}")
    texts = [path.read_text() for path in sorted(pathlib.Path(folder).glob("*.tf"))]
    found = list(problems(texts, providers))
    print(*found, f"{len(texts)} files against the schema of {providers['google'].version}: {len(found)} problems", sep="\n")
    sys.exit(1 if found or not texts else 0)


main(*sys.argv[1:])
