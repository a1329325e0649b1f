"""Sends the files of a folder to Santong, the oldest first; needs Python 3.7 and no package.

    python3 santong_send_files.py files.json [--once]

A file goes in parts and on from where it was cut off. What was acknowledged stands in the file
`state`; a file that changes later is sent again. --once ends when everything is sent.
"""
import base64, glob, hashlib, hmac, json, os, sys, time
import urllib.error, urllib.parse, urllib.request

config = json.load(open(sys.argv[1], encoding="utf-8"))
secret = open(config["key_file"], encoding="utf-8").read().strip().encode()
url, part, offset = config["url"], config.get("part", 1000000), 0


def post(head, body):
    """Our answer as (status, object); an error where the link is lost."""
    batch = base64.b64encode(json.dumps(head).encode()).decode()
    signed = "POST\n%s\n%s" % (urllib.parse.urlsplit(url).path, batch)
    sign = hmac.new(secret, signed.encode(), hashlib.sha256).hexdigest()
    request = urllib.request.Request(url, body, {"Santong-Batch": batch, "Santong-Signature": sign})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)["errors"][0]["extensions"]


def mark(path):
    found = os.stat(path)
    return "%d/%d" % (found.st_size, found.st_mtime_ns)


def waiting(state):
    """Files that were not acknowledged as they are now, and have not changed for a while."""
    paths = glob.glob(os.path.join(config["folder"], config.get("pattern", "*")))
    settled = time.time() - config.get("settle", 60)
    found = [path for path in paths if os.path.isfile(path) and os.path.getmtime(path) <= settled]
    found.sort(key=lambda path: (os.path.getmtime(path), path))
    return [path for path in found if state.get(os.path.basename(path)) != mark(path)]


def send(path):
    """A whole file; an error where it is refused, or changes while it is sent."""
    global offset
    before, digest, at, tries = mark(path), hashlib.sha256(), 0, 0
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(part), b""):
            digest.update(chunk)
        size = file.tell()
        while True:
            file.seek(at)
            body = file.read(part)
            head = {"sender": config["sender"], "file": os.path.basename(path), "size": size,
                    "sha256": digest.hexdigest(), "offset": at, "time": int(time.time() + offset),
                    "part": hashlib.sha256(body).hexdigest()}
            status, told = post(head, body)
            if status == 200 and told["whole"]:
                break
            if status == 200:
                at, tries = told["offset"], 0
            elif status == 409 and tries < 3:  # another place is wanted: theirs counts
                at, tries = told["wanted"], tries + 1
            elif status == 429:
                time.sleep(told.get("retryAfter", 1) * config.get("patience", 1))
            elif told.get("code") == "INBOX_CLOCK" and abs(told["time"] - head["time"]) > 60:
                offset = told["time"] - time.time()
            else:
                raise OSError("refused: %s: %s %s" % (head["file"], status, told.get("code")))
    if mark(path) != before:
        raise OSError("%s changed while it was sent" % path)
    print(os.path.basename(path), size, "bytes", flush=True)
    return before


def send_all(state):
    """Every file that waits; one that is refused does not stop the others."""
    lost = None
    for path in waiting(state):
        try:
            state[os.path.basename(path)] = send(path)
        except Exception as error:  # the link, an answer that is none of ours, a file that is open
            lost = error
            print(error, file=sys.stderr, flush=True)
        with open(config["state"] + ".new", "w", encoding="utf-8") as file:
            json.dump(state, file)
        os.replace(config["state"] + ".new", config["state"])
    return lost


old, wait, once = os.path.exists(config["state"]), 1, "--once" in sys.argv
state = json.load(open(config["state"], encoding="utf-8")) if old else {}
while send_all(state) or waiting(state) or not once:
    wait = min(wait * 2, 300) if waiting(state) else 1
    time.sleep(wait * config.get("patience", 1) if waiting(state) else config.get("every", 60))
