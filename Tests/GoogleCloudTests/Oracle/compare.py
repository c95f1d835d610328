"""Compares our requests for access tokens with those of google-auth for the same files.  usage: compare.py CORPUS

Each line of the corpus is a credential file and the requests that it led to. Exits with 1 if google-auth sends other
ones, and with 2 if the corpus lacks a kind.
"""

import http.client
import json
import sys
import tempfile
import urllib.parse
import warnings

from cryptography.hazmat.primitives import serialization
import google.auth
from google.auth import crypt, identity_pool, jwt

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
KINDS = {"service_account", "authorized_user", "impersonated_service_account", "external_account"}


class Answer:
    status = http.client.OK
    headers = {}

    def __init__(self, body):
        self.data = json.dumps(body).encode()


class Recorder:
    """Takes the place of the network."""

    def __init__(self):
        self.requests = []

    def __call__(self, url, method="GET", body=None, headers=None, **_):
        body = body.decode() if isinstance(body, bytes) else body
        headers = {name.lower(): value for name, value in (headers or {}).items()}
        self.requests.append(
            {
                "method": method,
                "path": urllib.parse.urlsplit(url).path,
                "type": headers.get("content-type", ""),
                "authorization": headers.get("authorization", ""),
                "body": body,
            }
        )
        if url.endswith(":generateAccessToken"):
            return Answer({"accessToken": "token-2", "expireTime": "2099-01-01T00:00:00Z"})
        return Answer({"access_token": "token-1", "expires_in": 3599, "token_type": "Bearer"})


def wider(scope):
    """We impersonate with a token of the one scope that there is here, as Google's Go library does."""
    return SCOPE if scope == "https://www.googleapis.com/auth/iam" else scope


def key_of(file):
    source = file.get("source_credentials", file)
    pem = source["private_key"].encode()
    return serialization.load_pem_private_key(pem, password=None).public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def assertion(text, file):
    """The header and the claims, after google-auth's own check of the signature."""
    header, claims, signed, signature = jwt._unverified_decode(text)
    if not crypt.verify_signature(signed, signature, key_of(file)):
        raise ValueError("the signature is not the key's")
    assert claims.pop("exp") - claims.pop("iat") == 3600
    claims["scope"] = wider(claims["scope"])
    # google-auth names Google's endpoint, whatever the file says; we do but for one on this machine, as here.
    claims.pop("aud")
    return {"header": header, "claims": claims}


def comparable(request, file):
    result = dict(request)
    result["type"] = result["type"].split(";")[0]
    if file["type"] == "authorized_user" or file.get("source_credentials", {}).get("type") == "authorized_user":
        # google-auth sends user credentials to Google's endpoint, whatever the file says.
        result["path"] = result["path"] if result["path"].startswith("/v1/") else "/token"
    if result["type"] == "application/x-www-form-urlencoded":
        form = dict(urllib.parse.parse_qsl(result["body"], keep_blank_values=True))
        if "assertion" in form:
            form["assertion"] = assertion(form["assertion"], file)
        if form["grant_type"] == "refresh_token":
            # google-auth may ask for less than the user has granted; we take what there is.
            form.pop("scope", None)
        elif "scope" in form:
            form["scope"] = wider(form["scope"])
        result["body"] = form
    elif result["body"]:
        result["body"] = json.loads(result["body"])
        result["body"]["delegates"] = result["body"]["delegates"] or []
    return result


def theirs(file):
    warnings.simplefilter("ignore")
    recorder = Recorder()
    with tempfile.NamedTemporaryFile("w") as subject:
        subject.write("subject.token/+=")
        subject.flush()
        copy = json.loads(json.dumps(file))
        if "credential_source" in copy:
            copy["credential_source"]["file"] = subject.name
        if file["type"] == "external_account":
            # The general function would look for the project first, with a token of its own.
            credentials = identity_pool.Credentials.from_info(copy, scopes=[SCOPE])
        else:
            credentials, _ = google.auth.load_credentials_from_dict(copy, scopes=[SCOPE], request=recorder)
        credentials.refresh(recorder)
    return recorder.requests


def main(path):
    differences = 0
    kinds = set()
    for line in open(path, encoding="utf-8"):
        entry = json.loads(line)
        file = entry["file"]
        kinds.add(file["type"])
        ours = [comparable(request, file) for request in entry["requests"]]
        peer = [comparable(request, file) for request in theirs(file)]
        same = ours == peer
        print(f"{file['type']}: {len(ours)} request(s), {'the same' if same else 'DIFFERENT'}")
        if not same:
            differences += 1
            print("  ours:  ", json.dumps(ours, sort_keys=True))
            print("  theirs:", json.dumps(peer, sort_keys=True))
    if kinds != KINDS:
        print(f"no file of the kind(s) {', '.join(sorted(KINDS - kinds))}")
        return 2
    return 1 if differences else 0


sys.exit(main(sys.argv[1]))
