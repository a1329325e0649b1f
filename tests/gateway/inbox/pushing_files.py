"""A gateway with a drop folder, and parts of files written by hand."""

import asyncio
import base64
import json
import time
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from capabilities.estate import Capability, ConnectorSpec
from connectors.dropping import open_intakes
from gateway.app import create_app
from gateway.inbox.head import signed
from gateway.keys import keyring
from store.copied.copying import open_copied
from store.engine import Store
from tests.gateway.inbox.pushing import Pushed
from tests.gateway.serving import BRAND, served, settings_for

ESTATE = """
brand: baiwei
channels:
  - {{code: store, name: 门店, kind: STORE}}
connectors:
  - name: till
    system: store_csv
    settings: {{ folder: {folder} }}
    channels: {{ order: {{ 门店: store }} }}
"""
HEAD = (
    "店号,类别,日期,POS号,流水号,交易类型,时间,合计金额,付款方式,序号,商品条码,销售数量,销售金额\n"
)
LINE = "{store},门店,20261020,1,{number},销售,2026/10/20 10:00:00,{total},现金,1,690,1,{total}\n"
NAME = "M0001_20261020.csv"


def csv_of(*numbers, store="M0001", total="9.90"):
    """A day of a store, in the bytes of an old till."""
    lines = (LINE.format(store=store, number=number, total=total) for number in numbers)
    return (HEAD + "".join(lines)).encode("gb18030")


class PushedFiles(Pushed):
    """A gateway that takes files, and the folder where they land."""

    folder: Path

    def part(self, name, key, file, body, *, offset=0, of=None, **wrong):
        """One signed part; `of` is the whole file where the part is not all of it."""
        whole = body if of is None else of
        head = {
            "sender": name,
            "file": file,
            "size": len(whole),
            "sha256": sha256(whole).hexdigest(),
            "offset": offset,
            "part": sha256(body).hexdigest(),
            "time": int(time.time()),
            **wrong.get("head", {}),
        }
        batch = base64.b64encode(json.dumps(head).encode()).decode()
        path = wrong.get("path", "/inbox/till")
        sign = wrong.get("sign") or signed(key, "POST", path, batch)
        return self.post(batch, sign, wrong.get("sent", body), path=wrong.get("to"))

    def scan(self):
        """Take what landed, as the work process does."""
        spec = ConnectorSpec(
            name="till",
            system="store_csv",
            settings={"folder": str(self.folder)},
            channels={Capability.ORDER: {"门店": "store"}},
        )

        async def scanned():
            store = Store.open(self.database)
            try:
                copied = open_copied(store, BRAND, keyring(self.settings))
                zone = ZoneInfo("Asia/Shanghai")
                intakes = open_intakes(spec, copied, zone=zone)
                return [one for intake in intakes for one in await intake.scan()]
            finally:
                await store.aclose()

        return asyncio.run(scanned())

    def landed(self, *place):
        """Names of the files in a place of the folder."""
        root = self.folder.joinpath("pushed", *place)
        return sorted(path.name for path in root.glob("[!.]*") if path.is_file())

    def taken(self):
        """Numbers and stores of the orders in the graph."""
        nodes, _ = self.orders()
        return sorted(
            (one["number"].rpartition("-")[2], one["number"].split("-")[0]) for one in nodes
        )


@contextmanager
def takes_files(tmp_path, database, **changes):
    """A gateway that runs."""
    folder = tmp_path / "drops"
    folder.mkdir(exist_ok=True)
    changes = {"database_url": SecretStr(database), "inbox_batches_per_minute": 60_000, **changes}
    settings = settings_for(tmp_path, ESTATE.format(folder=folder), **changes)
    with served(create_app(settings)) as (host, port):
        made = PushedFiles(settings, database, host, port)
        made.folder = folder
        yield made
