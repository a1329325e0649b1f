"""Sends new rows of a till's tables to Santong, the oldest first; needs Python 3.7 and no package.

    python3 santong_send.py send.json [--once] [--again TABLE KEY]

It keeps the last key that was acknowledged in the file `state` and reads on behind it. --once ends
when everything is sent; --again sends a table again from behind a key.
"""
import base64, hashlib, hmac, importlib, json, os, sys, time
import urllib.error, urllib.parse, urllib.request

config = json.load(open(sys.argv[1], encoding="utf-8"))
secret = open(config["key_file"], encoding="utf-8").read().strip().encode()
url, offset = config["url"], 0


def text_of(value):
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode(config.get("encoding", "utf-8"), "replace")
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def read(table, last):
    """At most `batch` rows behind a key, each with the rows that belong to it."""
    driver = importlib.import_module(config.get("driver", "sqlite3"))
    connection = driver.connect(*config["connect"])
    if hasattr(connection, "text_factory"):
        connection.text_factory = bytes  # sqlite3: the till's own bytes, see `encoding`
    cursor = connection.cursor()
    def rows(query, key, most):
        cursor.execute(query, (key,))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, map(text_of, row))) for row in cursor.fetchmany(most)]

    try:
        found = rows(table["query"], last, config.get("batch", 200))
        for row in found:
            for name, query in table.get("children", {}).items():
                row[name] = rows(query, row[table["key"]], 10000)
        return found
    finally:
        connection.close()


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


def send(name, table, place):
    """One batch of a table; whether there was one. `place` moves when it is acknowledged."""
    global offset
    rows, key = read(table, place["last"]), table["key"]
    if not rows:
        return False
    body = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    head = {"sender": config["sender"], "table": name, "sequence": place["sequence"] + 1,
            "time": int(time.time() + offset), "first": str(rows[0][key]), "last": str(rows[-1][key]),
            "rows": len(rows), "sha256": hashlib.sha256(body).hexdigest()}
    status, told = post(head, body)
    if status == 200:
        place.update(sequence=head["sequence"], last=rows[-1][key])
        print(name, head["sequence"], len(rows), "rows,", told["quarantined"], "quarantined")
    elif status == 409:  # we and they do not stand at the same place: theirs counts
        last = told["lastKey"] or table["start"]
        place.update(sequence=told["wanted"] - 1, last=type(table["start"])(last))
    elif told.get("code") == "INBOX_CLOCK" and abs(told["time"] - head["time"]) > 60:
        offset = told["time"] - time.time()
    else:
        raise OSError("refused: %s %s" % (status, told.get("code")))
    return True


tables, wait, old = config["tables"], 1, os.path.exists(config["state"])
state = json.load(open(config["state"], encoding="utf-8")) if old else {}
state = {name: state.get(name, {"sequence": 0, "last": tables[name]["start"]}) for name in tables}
if "--again" in sys.argv:
    again = sys.argv[sys.argv.index("--again"):]
    state[again[1]]["last"] = type(tables[again[1]]["start"])(again[2])
busy, once = True, "--once" in sys.argv
while busy or not once:
    try:
        busy = any([send(name, tables[name], state[name]) for name in tables])
        with open(config["state"] + ".new", "w", encoding="utf-8") as file:
            json.dump(state, file)
        os.replace(config["state"] + ".new", config["state"])
        wait = 1
    except Exception as lost:  # the link, an answer that is none of ours, a till that is busy
        print(lost, file=sys.stderr, flush=True)
        busy, wait = True, min(wait * 2, 300)
        time.sleep(wait * config.get("patience", 1))
    time.sleep(0 if busy or once else config.get("every", 60))
