"""What the platform owns, in PostgreSQL: tables, migrations, and repositories for the ports."""
