"""An identity provider for tests: its key, its tokens, and how the server is given the key."""

import base64
import hashlib
import http.client
import json
import os
import time
import urllib.parse

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
PROVIDER = "id.example.com/pool"

# P-256 (FIPS 186-4), enough of it to sign in a test.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = ((3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) if a == b
             else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(k, point):
    found = None
    while k:
        found = add(found, point) if k & 1 else found
        point, k = add(point, point), k >> 1
    return found


def coded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


SECRET = int.from_bytes(hashlib.sha256(b"a key for tests").digest()) % N
PUBLIC = times(SECRET, G)


def token(**claims):
    """A token of the provider."""
    claims = {"iss": f"https://{PROVIDER}", "aud": "kinora", "sub": "ana",
              "exp": int(time.time()) + 600, **claims}
    text = ".".join(coded(json.dumps(part).encode()) for part in
                    ({"alg": "ES256", "kid": "one"}, claims))
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest())
    nonce = int.from_bytes(hashlib.sha256(text.encode() + b"nonce").digest()) % N
    r = times(nonce, G)[0] % N
    s = pow(nonce, -1, N) * (digest + r * SECRET) % N
    return text + "." + coded(r.to_bytes(32) + s.to_bytes(32))


def own_call(method, path, body=b"", credentials=None):
    """A signed call of the server's own: status and answer."""
    request = AWSRequest(method, ENDPOINT + path, data=body,
                         headers={"content-type": "application/json"})
    credentials = credentials or boto3.session.Session().get_credentials()
    SigV4Auth(credentials, "kinesisvideo", os.environ["AWS_REGION"]).add_auth(request)
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(ENDPOINT).netloc)
    connection.request(method, path, body, dict(request.headers))
    reply = connection.getresponse()
    return reply.status, reply.read().decode()


def put_keys(body):
    """Gives the server the keys of a provider."""
    return own_call("PUT", f"/_kinora/oidc-providers/{PROVIDER}/keys", body)


POINT = {name: coded(value.to_bytes(32)) for name, value in zip("xy", PUBLIC)}
KEYS = json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "kid": "one", **POINT}]}).encode()
