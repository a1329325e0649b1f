"""An old application of the shop: it knows the shop's client library, and nothing of anybody else.

`walked(api)` is everything that it reads, in its own order; the same lines run against the shop and
against the gateway.
"""

FIXED = {"orderby": "id", "order": "asc"}
PAGES = ("X-WP-Total", "X-WP-TotalPages")


def told(answer):
    """What the application sees of an answer: its status, its JSON, and the totals."""
    counts = {name: answer.headers[name] for name in PAGES if name in answer.headers}
    links = sorted(answer.links)
    return answer.status_code, answer.json(), counts, links


def customers(api):
    """Every page of customers, subscribers too; some alone, by number, address and phone."""
    found, page = [], 1
    while True:
        answer = api.get("customers", params={**FIXED, "role": "all", "per_page": 40, "page": page})
        found.append(told(answer))
        if "next" not in answer.links:
            break
        page += 1
    first = found[0][1]
    for row in first[:3]:
        found.append(told(api.get(f"customers/{row['id']}")))
        found.append(told(api.get("customers", params={"email": row["email"], "role": "all"})))
        found.append(told(api.get("customers", params={"search": row["username"], **FIXED})))
    numbers = ",".join(str(row["id"]) for row in first[:5])
    found.append(told(api.get("customers", params={"include": numbers, "role": "all", **FIXED})))
    found.append(told(api.get("customers", params={**FIXED, "offset": "7", "per_page": "3"})))
    found.append(told(api.get("customers/999999")))
    found.append(told(api.get("customers", params={"per_page": "101"})))
    found.append(told(api.get("customers", params={"_fields": "id,email", **FIXED})))
    return found


def orders(api):
    """Pages of orders, one by one, of a customer, of a status, and what changed since."""
    found = []
    for page in (1, 2):
        answer = api.get("orders", params={**FIXED, "per_page": 25, "page": page})
        found.append(told(answer))
    rows = found[0][1]
    found += [told(api.get(f"orders/{row['id']}")) for row in rows[:4]]
    buyers = [row["customer_id"] for row in rows if row["customer_id"]]
    found.append(told(api.get("orders", params={"customer": buyers[0], **FIXED})))
    found.append(told(api.get("orders", params={"status": "completed", "per_page": 5, **FIXED})))
    since = {"modified_after": rows[10]["date_modified_gmt"], "dates_are_gmt": "true"}
    found.append(told(api.get("orders", params={**since, "per_page": 20, **FIXED})))
    found.append(told(api.get("orders", params={"after": rows[5]["date_created"], **FIXED})))
    found.append(told(api.get("orders", params={"dp": 4, "per_page": 2, **FIXED})))
    found.append(told(api.get("orders/1")))
    return found


def walked(api):
    """All of it."""
    return [*customers(api), *orders(api)]
