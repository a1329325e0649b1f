"""What the demo publishes as resources: operations and their addresses, written into its home."""

import json
import shutil
from pathlib import Path

from capabilities.operations import operation_hash

_FOLDER = Path(__file__).parent / "published"


def write_published(home: Path) -> tuple[Path, Path]:
    """The file of operations and the file of resources."""
    texts = [path.read_text("utf-8") for path in sorted(_FOLDER.glob("*.graphql"))]
    operations = home / "operations.json"
    listed = {operation_hash(one): one for one in texts}
    operations.write_text(json.dumps(listed, ensure_ascii=False, indent=1), "utf-8")
    resources = home / "resources.yaml"
    shutil.copyfile(_FOLDER / "resources.yaml", resources)
    return operations, resources
