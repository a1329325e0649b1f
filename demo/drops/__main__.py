"""`python -m demo.drops FOLDER`: drop folders of every kind, with their traps."""

import argparse
from pathlib import Path

from demo.drops.car import car_files
from demo.drops.csv_files import csv_files
from demo.drops.folder import with_traps
from demo.drops.orders05 import orders05_files, orders05_in
from demo.drops.poslog import poslog_files
from demo.drops.sales import sold_in
from demo.drops.wpubon import wpubon_files
from demo.sample import DEFAULT_SEED, make_retailer


def main() -> None:
    """Write a folder for each kind of file below the folder of the command line."""
    parser = argparse.ArgumentParser(prog="python -m demo.drops")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    options = parser.parse_args()
    retailer = make_retailer(options.seed)
    sales = sold_in(retailer)
    kinds = {
        "store_csv": csv_files(sales),
        "poslog": poslog_files(sales),
        "sap_wpubon": wpubon_files(sales),
        "sap_orders05": orders05_files(orders05_in(retailer)),
        "sap_car": car_files(sales),
    }
    for name, files in kinds.items():
        later = with_traps(options.folder / name, files)
        for file, content in later.items():
            (options.folder / f"{name}.later").mkdir(exist_ok=True)
            (options.folder / f"{name}.later" / file).write_bytes(content)
        print(f"{name}: {len(files)} files")  # noqa: T201 - the command's output


if __name__ == "__main__":
    main()
