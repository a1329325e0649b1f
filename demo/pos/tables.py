"""The tables of Open Source POS that are used here, in the types of PostgreSQL.

Beyond the original stands `ospos_customers.home_location_id`, an extension of this retailer.
Like the original there is no foreign key to rely on, no stored total and no time zone.
"""

from typing import Final

_DEFINITIONS: Final = """
ospos_app_config: key varchar(50) PRIMARY KEY, value varchar(500) NOT NULL
ospos_stock_locations: location_id integer PRIMARY KEY, location_name varchar(255),
 deleted smallint NOT NULL DEFAULT 0
ospos_people: first_name varchar(255) NOT NULL, last_name varchar(255) NOT NULL, gender smallint,
 phone_number varchar(255) NOT NULL, email varchar(255) NOT NULL, address_1 varchar(255) NOT NULL,
 address_2 varchar(255) NOT NULL, city varchar(255) NOT NULL, state varchar(255) NOT NULL,
 zip varchar(255) NOT NULL, country varchar(255) NOT NULL, comments text NOT NULL,
 person_id integer PRIMARY KEY
ospos_employees: username varchar(255) NOT NULL, person_id integer PRIMARY KEY,
 deleted smallint NOT NULL DEFAULT 0
ospos_customers_packages: package_id integer PRIMARY KEY, package_name varchar(255),
 points_percent double precision NOT NULL DEFAULT 0, deleted smallint NOT NULL DEFAULT 0
ospos_customers: person_id integer PRIMARY KEY, company_name varchar(255),
 account_number varchar(255) UNIQUE, taxable smallint NOT NULL DEFAULT 1,
 discount numeric(15,2) NOT NULL DEFAULT 0, discount_type smallint NOT NULL DEFAULT 0,
 package_id integer, points integer, deleted smallint NOT NULL DEFAULT 0,
 date timestamp without time zone NOT NULL, employee_id integer NOT NULL,
 consent smallint NOT NULL DEFAULT 0, home_location_id integer
ospos_items: name varchar(255) NOT NULL, category varchar(255) NOT NULL, supplier_id integer,
 item_number varchar(255), description varchar(255) NOT NULL, cost_price numeric(15,2) NOT NULL,
 unit_price numeric(15,2) NOT NULL, reorder_level numeric(15,3) NOT NULL DEFAULT 0,
 receiving_quantity numeric(15,3) NOT NULL DEFAULT 1, item_id integer PRIMARY KEY,
 deleted smallint NOT NULL DEFAULT 0
ospos_sales: sale_time timestamp without time zone NOT NULL, customer_id integer,
 employee_id integer NOT NULL, comment text, invoice_number varchar(32), quote_number varchar(32),
 sale_id integer PRIMARY KEY, sale_status smallint NOT NULL DEFAULT 0, dinner_table_id integer,
 work_order_number varchar(32), sale_type smallint NOT NULL DEFAULT 0
ospos_sales_items: sale_id integer, item_id integer, description varchar(255),
 serialnumber varchar(30), line integer, quantity_purchased numeric(15,3) NOT NULL,
 item_cost_price numeric(15,2) NOT NULL, item_unit_price numeric(15,2) NOT NULL,
 discount numeric(15,2) NOT NULL DEFAULT 0, discount_type smallint NOT NULL DEFAULT 0,
 item_location integer NOT NULL, print_option smallint NOT NULL DEFAULT 0,
 PRIMARY KEY (sale_id, item_id, line)
ospos_sales_payments: payment_id integer PRIMARY KEY, sale_id integer NOT NULL,
 payment_type varchar(40) NOT NULL, payment_amount numeric(15,2) NOT NULL,
 cash_refund numeric(15,2) NOT NULL DEFAULT 0, cash_adjustment smallint NOT NULL DEFAULT 0,
 employee_id integer, payment_time timestamp without time zone NOT NULL,
 reference_code varchar(40) NOT NULL DEFAULT ''
ospos_sales_items_taxes: sale_id integer, item_id integer, line integer, name varchar(255),
 percent numeric(15,4), tax_type smallint NOT NULL DEFAULT 0,
 rounding_code smallint NOT NULL DEFAULT 1, item_tax_amount numeric(15,4) NOT NULL DEFAULT 0,
 PRIMARY KEY (sale_id, item_id, line, name, percent)
ospos_sales_reward_points: id integer PRIMARY KEY, sale_id integer NOT NULL,
 earned double precision NOT NULL, used double precision NOT NULL
ospos_giftcards: record_time timestamp without time zone, giftcard_id integer PRIMARY KEY,
 giftcard_number varchar(255), value numeric(15,2) NOT NULL, deleted smallint NOT NULL DEFAULT 0,
 person_id integer
ospos_item_kits: item_kit_id integer PRIMARY KEY, item_kit_number varchar(255),
 name varchar(255) NOT NULL, description varchar(255) NOT NULL, item_id integer NOT NULL DEFAULT 0,
 kit_discount numeric(15,2) NOT NULL DEFAULT 0, kit_discount_type smallint NOT NULL DEFAULT 0,
 price_option smallint NOT NULL DEFAULT 0, print_option smallint NOT NULL DEFAULT 0
ospos_item_kit_items: item_kit_id integer, item_id integer, quantity numeric(15,3) NOT NULL,
 kit_sequence integer NOT NULL DEFAULT 0, PRIMARY KEY (item_kit_id, item_id, quantity)
"""

INDEXES: Final = (
    "CREATE INDEX ON ospos_sales (customer_id, sale_time, sale_id)",
    "CREATE INDEX ON ospos_sales (sale_time, sale_id)",
    "CREATE INDEX ON ospos_sales_items (item_location, sale_id)",
    "CREATE INDEX ON ospos_sales_payments (sale_id)",
    "CREATE INDEX ON ospos_sales_reward_points (sale_id)",
    "CREATE INDEX ON ospos_people (phone_number)",
    "CREATE INDEX ON ospos_people (email)",
    "CREATE INDEX ON ospos_giftcards (person_id)",
)


def _split() -> dict[str, str]:
    flat = _DEFINITIONS.strip().replace("\n ", " ")
    pairs = (line.split(": ", 1) for line in flat.splitlines())
    return dict((name, columns) for name, columns in pairs)  # noqa: C402 - pairs are lists


TABLES: Final = _split()
