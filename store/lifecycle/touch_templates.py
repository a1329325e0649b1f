"""Words of touches by name, medium and language; a new text is a new version beside the old."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from capabilities.lifecycle.campaigns import CampaignPlan
from capabilities.lifecycle.templates import Template, check_words
from capabilities.member.consent import ConsentMedium
from store.engine import Run, Store

_NEWEST = text("""
  SELECT DISTINCT ON (name, medium, language) name, medium, language, version, words
  FROM touch_templates
  WHERE brand = :brand AND (CAST(:names AS text[]) IS NULL OR name = ANY(CAST(:names AS text[])))
  ORDER BY name, medium, language, version DESC
""")
_TURN = text("SELECT pg_advisory_xact_lock(hashtext('touch templates ' || :brand))")
_PUT = text("""
  INSERT INTO touch_templates (brand, name, medium, language, version, words, author, put_at)
  SELECT :brand, :name, :medium, :language, coalesce(max(version), 0) + 1, :words, :author, :at
  FROM touch_templates
  WHERE brand = :brand AND name = :name AND medium = :medium AND language = :language
  RETURNING version
""")


class TouchTemplates:
    """The words of one brand's touches."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def put(
        self,
        name: str,
        medium: ConsentMedium,
        language: str,
        words: str,
        *,
        author: str,
        at: datetime,
    ) -> int:
        """Add a version; BadInput for words that name what there is not."""
        check_words(words)
        facts = {"name": name, "medium": medium.value, "language": language, "words": words}

        async def work(run: Run) -> int:
            await run(_TURN, {"brand": self._brand})
            rows = await run(_PUT, {"brand": self._brand, **facts, "author": author, "at": at})
            version: int = rows[0].version
            return version

        return await self._store.transaction(work)

    async def newest(self, names: Sequence[str] | None = None) -> Sequence[Template]:
        """The newest version of each."""
        return await self._newest(self._store.rows, names)

    async def missing_in(self, run: Run, plan: CampaignPlan) -> tuple[str, ...]:
        """What a campaign needs and nobody has written, as `name MEDIUM language`."""
        names = [one.template for one in plan.ways]
        known = {
            (one.name, one.medium)
            for one in await self._newest(run, names)
            if one.language == plan.language
        }
        return tuple(
            f"{one.template} {one.medium.value} {plan.language}"
            for one in plan.ways
            if (one.template, one.medium) not in known
        )

    async def _newest(self, run: Run, names: Sequence[str] | None) -> Sequence[Template]:
        named = {"brand": self._brand, "names": None if names is None else list(names)}
        return [_template(row) for row in await run(_NEWEST, named)]


def _template(row: Row[Any]) -> Template:
    return Template(
        name=row.name,
        medium=ConsentMedium(row.medium),
        language=row.language,
        version=row.version,
        words=row.words,
    )
