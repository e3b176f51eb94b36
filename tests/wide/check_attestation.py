"""Runs one of the guide's samples by clocks that are set; prints what each check came to, as JSON.

Standard input is a JSON object: `sample`, the code; `arguments` of its `claims_of`, without the
keys; `keys`, which of the libraries reads them; `jwks`; and `clocks`, in seconds.
"""

import json
import sys
import warnings

import time_machine

given = json.load(sys.stdin)

# Authlib says that it is deprecated.
warnings.simplefilter("ignore")


def key_set():
    if given["keys"] == "joserfc":
        from joserfc.jwk import KeySet

        return KeySet.import_key_set(given["jwks"])
    from authlib.jose import JsonWebKey

    return JsonWebKey.import_key_set(given["jwks"])


sample = {}
exec(compile(given["sample"], "docs/merchant", "exec"), sample)


def check(seconds):
    with time_machine.travel(seconds, tick=False):
        try:
            return sample["claims_of"](*given["arguments"], key_set())["sub"]
        except Exception as refused:
            return type(refused).__name__


print(json.dumps([check(seconds) for seconds in given["clocks"]]))
