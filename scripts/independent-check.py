"""Verifies Luzheng's codes with programs that are not Luzheng's. Called by independent-check.sh.

  independent-check.py folder FOLDER            trust.json, root.json, NAME.txt, NAME.png, NAME.pdf
  independent-check.py vectors FOLDER           the golden vectors of crates/credential
  independent-check.py collect URL BINARY DIR   fills DIR/out with marks of the demo that runs at URL

Every check is also made with one bit wrong, so that a check that cannot fail is found out.
"""

import base64
import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

import cbor2
import pypdfium2
import zxingcpp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from PIL import Image

ALGORITHMS = {-7: "ES256", -8: "EdDSA", -65600: "SM2"}
USES = {"mark", "licence", "live", "status"}
SM2_ID = "distid:1234567812345678"


class Wrong(Exception):
    pass


def need(condition, message):
    if not condition:
        raise Wrong(message)


# ---------------------------------------------------------------- signatures


def dss(signature):
    return encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))


def by_openssl(algorithm, spki, message, signature):
    options = {"ES256": ["-digest", "sha256"], "SM2": ["-digest", "sm3", "-pkeyopt", SM2_ID], "EdDSA": []}[algorithm]
    with tempfile.TemporaryDirectory() as folder:
        def path(name, data):
            file = pathlib.Path(folder, name)
            file.write_bytes(data)
            return str(file)

        done = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", path("key", spki), "-rawin",
             "-in", path("message", message), *options,
             "-sigfile", path("signature", signature if algorithm == "EdDSA" else dss(signature))],
            capture_output=True, check=False)
    return done.returncode == 0


def by_cryptography(algorithm, spki, message, signature):
    """None when the library does not know the algorithm."""
    if algorithm == "SM2":
        return None
    key = serialization.load_der_public_key(spki)
    try:
        if algorithm == "EdDSA":
            need(isinstance(key, ed25519.Ed25519PublicKey), "the key is of another algorithm")
            key.verify(signature, message)
        else:
            need(isinstance(key.curve, ec.SECP256R1), "the key is on another curve")
            key.verify(dss(signature), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def verify(algorithm, spki, message, signature):
    """True or False by both; they must agree, and one flipped bit must make both say no."""
    need(len(signature) == 64, "a signature has 64 bytes")
    answers = {by_openssl(algorithm, spki, message, signature), by_cryptography(algorithm, spki, message, signature)} - {None}
    need(len(answers) == 1, f"openssl and cryptography disagree about {algorithm}")
    flipped = bytes([message[0] ^ 1]) + message[1:]
    need(not by_openssl(algorithm, spki, flipped, signature), "openssl accepts an altered message")
    need(not by_cryptography(algorithm, spki, flipped, signature), "cryptography accepts an altered message")
    return answers.pop()


# ---------------------------------------------------------------- trust list


def base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def open_trust(trust, roots):
    """kid → (algorithm, SubjectPublicKeyInfo, entry), after every root's signature has been verified."""
    pinned = {key["kid"]: (key["alg"], base64.b64decode(key["public_key"])) for key in roots["keys"]}
    signatures = trust.get("signatures") or [trust]
    seen = set()
    for signature in signatures:
        header = json.loads(base64url(signature["protected"]))
        need(header["kid"] in pinned, f"the trust list is signed by {header['kid']}, which is not pinned")
        algorithm, spki = pinned[header["kid"]]
        need(header["alg"] == algorithm, "the trust list's header names another algorithm than the root has")
        message = f"{signature['protected']}.{trust['payload']}".encode()
        need(verify(algorithm, spki, message, base64url(signature["signature"])), "the trust list's signature is wrong")
        seen.add(algorithm)
    need("ES256" in seen, "no ES256 root has signed the trust list")
    keys = {}
    for entry in json.loads(base64url(trust["payload"]))["keys"]:
        if entry["alg"] not in ALGORITHMS.values() or entry["use"] not in USES:
            continue  # of a later version; a reader passes over what it does not know
        spki = base64.b64decode(entry["public_key"])
        need(hashlib.sha256(spki).hexdigest()[:16] == entry["kid"], "a kid is not the digest of its key")
        keys[entry["kid"]] = (entry["alg"], spki, entry)
    return keys


# ---------------------------------------------------------------- codes


def from_digits(digits):
    """Groups of 17 digits are 7 bytes, little-endian; a shorter last group is 1 to 6 bytes."""
    lengths = {17: 7, 15: 6, 13: 5, 10: 4, 8: 3, 5: 2, 3: 1}
    message = b""
    for at in range(0, len(digits), 17):
        group = digits[at:at + 17]
        need(len(group) in lengths, "a group of digits has an impossible length")
        message += int(group).to_bytes(lengths[len(group)], "little")
    return message


def from_base45(text):
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    message = b""
    for at in range(0, len(text), 3):
        group = text[at:at + 3]
        value = sum(alphabet.index(character) * 45 ** power for power, character in enumerate(group))
        message += value.to_bytes(len(group) - 1, "big")
    return message


def message_of(text):
    text = text.strip()
    if text.startswith("LZ1:"):
        return from_base45(text[4:])
    found = re.fullmatch(r"(?i)https?://[^/]+/V#(\d+)", text)
    need(found, f"not a code: {text[:40]}")
    return from_digits(found[1])


def verify_message(message, keys):
    """The claims, after the signature was verified by openssl and, where it can, by cryptography."""
    envelope = cbor2.loads(message)
    need(isinstance(envelope, cbor2.CBORTag) and envelope.tag == 18, "not a COSE_Sign1")
    protected, unprotected, payload, signature = envelope.value
    need(not unprotected, "the unprotected header is not empty")
    need(cbor2.dumps(envelope, canonical=True) == message, "the message is not in its deterministic encoding")
    header = cbor2.loads(protected)
    need(set(header) == {1, 4}, "the protected header has other entries than alg and kid")
    kid = header[4].hex()
    need(kid in keys, f"the key {kid} is not in the trust list")
    algorithm, spki, entry = keys[kid]
    need(ALGORITHMS.get(header[1]) == algorithm, "header and trust list name different algorithms")
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    need(verify(algorithm, spki, signed, signature), "the signature is wrong")
    claims = cbor2.loads(payload)
    need(cbor2.dumps(claims, canonical=True) == payload, "the claims are not in their deterministic encoding")
    need(set(claims) == {4, 6, -70001}, "other claims than exp, iat and body")
    need(entry["not_before"] <= claims[6] < entry["not_after"], "the key was not in use when this was signed")
    body = claims[-70001]
    uses = {0: {1: "mark", 2: "licence"}, 1: {1: "live", 2: "live"}, 2: {2: "licence"}}
    need(uses[body[2]][body[1]] == entry["use"], "the key is for something else")
    return algorithm, kid, claims


# ---------------------------------------------------------------- pictures


def read_png(data, name):
    """What zbar and zxing-cpp each read; both have to, and the same."""
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(data)
        file.flush()
        zbar = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file.name],
                              capture_output=True, text=True, check=False).stdout.split()
    zxing = [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(data)), formats=zxingcpp.BarcodeFormat.QRCode)]
    need(len(zbar) == 1, f"zbar reads {len(zbar)} codes in {name}")
    need(zxing == zbar, f"zxing-cpp reads {zxing or 'nothing'} in {name}, zbar {zbar}")
    return zbar[0]


def png_of(page, dpi):
    data = io.BytesIO()
    page.render(scale=dpi / 72).to_pil().save(data, "PNG")
    return data.getvalue()


# ---------------------------------------------------------------- what to check


def check_folder(folder):
    folder = pathlib.Path(folder)
    load = lambda name: json.loads((folder / name).read_text())
    keys = open_trust(load("trust.json"), load("root.json"))
    names = sorted({file.stem for file in folder.iterdir() if file.suffix in {".txt", ".png", ".pdf"}})
    need(names, f"there is no code in {folder}")
    seen = set()
    for name in names:
        texts = {}
        for file in sorted(folder.glob(f"{name}.*")):
            if file.suffix == ".txt":
                texts[file.name] = file.read_text().strip()
            elif file.suffix == ".png":
                texts[file.name] = read_png(file.read_bytes(), file.name)
            elif file.suffix == ".pdf":
                document = pypdfium2.PdfDocument(file)
                for dpi in (150, 300):
                    texts[f"{file.name} at {dpi} dpi"] = read_png(png_of(document[0], dpi), file.name)
                attached = [bytes(document.get_attachment(i).get_data()) for i in range(document.count_attachments())]
                need(attached == [message_of(texts[f"{file.name} at 300 dpi"])], f"{file.name} has another message attached")
        need(len(set(texts.values())) == 1, f"different codes in {', '.join(texts)}")
        algorithm, kid, claims = verify_message(message_of(next(iter(texts.values()))), keys)
        seen.add(algorithm)
        body = claims[-70001]
        print(f"  {body[3]:<10} {body[4]} until {body[5]}: {algorithm} by {kid}, read from {', '.join(texts)}")
    need(len(names) < 5 or {"ES256", "SM2"} <= seen, f"of {len(names)} codes all are signed with {', '.join(seen)}")
    print(f"independent-check: {len(names)} codes, {len(keys)} keys, algorithms {', '.join(sorted(seen))}: good")


def check_vectors(folder):
    folder = pathlib.Path(folder)
    load = lambda name: json.loads((folder / name).read_text())
    counts = {"good": 0, "refused": 0}
    cache = {}
    for file in sorted((folder / "cases").glob("*.json")):
        case = json.loads(file.read_text())
        wanted = {"valid": True, "bad_signature": False}.get(case["name"].split("--")[0])
        # A held licence is a message in a message, signed by a device; foreign spellings are for readers to normalise.
        plain = re.fullmatch(r"HTTPS://[^/]+/V#\d+|LZ1:.*", case["text"])
        if wanted is None or not plain or "held" in case["name"] or case["trust"] != "trust/trust.json":
            continue
        names = (case["trust"], case["roots"])
        if names not in cache:
            cache[names] = open_trust(load(names[0]), load(names[1]))
        try:
            verify_message(message_of(case["text"]), cache[names])
            good = True
        except Wrong as error:
            good = False
            if wanted:
                raise Wrong(f"{case['name']}: {error}") from error
        need(good == wanted, f"{case['name']}: expected {'good' if wanted else 'bad'}")
        counts["good" if good else "refused"] += 1
    need(min(counts.values()) >= 10, f"too few vectors were usable: {counts}")
    print(f"independent-check: vectors: {counts['good']} good, {counts['refused']} refused, as they should be")


def collect(url, binary, scratch):
    """Gets marks of several provinces out of a demo, as an operator would."""
    scratch = pathlib.Path(scratch)
    out = scratch / "out"
    out.mkdir()
    data = scratch / "data"
    environment = {**os.environ, "LUZHENG_DATABASE": f"sqlite:{data / 'demo.db'}",
                   "LUZHENG_DATA_DIR": str(data / "secrets-of-the-demo"), "LUZHENG_CODE_HOST": "luzheng.example"}
    run = lambda *arguments: subprocess.run([binary, *arguments], env=environment, check=True, capture_output=True, text=True).stdout

    def call(path, body=None, cookie=None):
        request = urllib.request.Request(url + path, data=body and json.dumps(body).encode())
        request.add_header("content-type", "application/json")
        if cookie:
            request.add_header("cookie", cookie)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer), (answer.headers.get("set-cookie") or "").split(";")[0]

    run("keys", "export-trust", "--out", str(out / "trust.json"), "--root", str(out / "root.json"))
    taken = set()
    for person in call("/api/v1/demo/sign-ins")[0]["items"]:
        if person["role"] != "citizen" or not person["vehicles"]:
            continue
        _, cookie = call("/api/v1/demo/sign-in", {"id": person["id"]})
        for vehicle in call("/api/v1/citizen/vehicles", cookie=cookie)[0]["items"]:
            mark = vehicle.get("mark")
            # A few of each province group, which sign with different algorithms, and of each plate colour are enough.
            kinds = {vehicle["division"][0], vehicle["plate_colour"]}
            if not mark or mark["state"] != "current" or kinds <= taken:
                continue
            taken |= kinds
            name = f"{vehicle['division']}-{vehicle['plate_type']}"
            plate = ("--plate", vehicle["plate_number"], "--type", vehicle["plate_type"])
            (out / f"{name}.txt").write_text(run("show", *plate, "--text"))
            run("show", *plate, "--png", str(out / f"{name}.png"), "--pdf", str(out / f"{name}.pdf"))


def main():
    what, *rest = sys.argv[1:]
    if what == "folder":
        check_folder(*rest)
    elif what == "vectors":
        check_vectors(*rest)
    elif what == "collect":
        collect(*rest)
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    try:
        main()
    except Wrong as error:
        raise SystemExit(f"independent-check: {error}") from None
