"""The push endpoint as Flask and google-auth make it, under gunicorn with a worker for each processor.

Google's keys are fetched once, where google-auth's own helper would fetch them for every token.
"""

import base64
import datetime
import json
import os
import sys
import time
import urllib.request

import flask
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt

GRACE_SECONDS = 60
AUDIENCE = os.environ["PUSH_AUDIENCE"]
ACCOUNT = os.environ["PUSH_SERVICE_ACCOUNT"]


def number(text):
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


def fetch_keys():
    with urllib.request.urlopen(os.environ["JWKS_URL"]) as answer:
        keys = json.load(answer)["keys"]
    return {
        key["kid"]: rsa.RSAPublicNumbers(number(key["e"]), number(key["n"])).public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        for key in keys
    }


KEYS = fetch_keys()
app = flask.Flask(__name__)


def is_verified(field):
    if not field.startswith("Bearer "):
        return False
    try:
        claims = jwt.decode(field[7:], certs=KEYS, audience=AUDIENCE, clock_skew_in_seconds=60)
    except ValueError:
        return False
    return (
        claims["iss"] == "https://accounts.google.com" and claims["email"] == ACCOUNT
        and claims["email_verified"] is True
    )


@app.post("/push")
def push():
    request = flask.request
    if not is_verified(request.headers.get("Authorization", "")):
        return flask.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    envelope = request.get_json()["message"]
    line = {"severity": "INFO", "time": datetime.datetime.utcnow().isoformat() + "Z", "message_id": envelope["messageId"]}
    try:
        message = json.loads(base64.b64decode(envelope.get("data", "")))
        kind = message.get("type")
    except (ValueError, AttributeError):
        kind = None
    if kind in ("ActivationSelfApproved", "ActivationApproved"):
        fields = message["attributes"]
        end = datetime.datetime.fromisoformat(fields["end_time"].replace("Z", "+00:00"))
        seconds = int(end.timestamp() - time.time()) + GRACE_SECONDS
        line.update(
            message="Not ended: it will be delivered again", event="activation.waiting", project=fields["project_id"],
            beneficiary=fields["beneficiary"], roles=fields["role"], end=fields["end_time"], seconds=seconds,
        )
        response = flask.Response(status=425, headers={"Retry-After": str(seconds)})
    else:
        line.update(message="Acknowledged: the message makes no binding", event="message.ignored")
        response = flask.Response(status=204)
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    return response


@app.get("/health")
def health():
    return flask.Response(status=200)
