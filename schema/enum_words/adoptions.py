"""Words of adoption."""

from capabilities.adoption.difference import DiffClass, FieldClass
from capabilities.adoption.moves import Action
from capabilities.adoption.standing import ConflictPolicy
from capabilities.adoption.states import AdoptionState, Share
from capabilities.adoption.wishes import AdoptionSignature
from capabilities.member.conflicts import ConflictState
from schema.enum_words.words import Words

ADOPTIONS = (
    Words(
        DiffClass,
        "What became of a pair of answers, or of one of its fields.",
        {
            "EQUAL": "Both sides say the same, however it is written.",
            "LAG": "It differed, and was the same once the feed had its time.",
            "EXPECTED": "It differs, and somebody explained why.",
            "MISMATCH": "A field differs.",
            "MISSING": "The legacy alone has it.",
            "EXTRA": "The platform alone has it.",
            "CANDIDATE_ERROR": "The platform was asked beside the system, and gave no answer.",
        },
    ),
    Words(
        FieldClass,
        "What a field is about; in all but OTHER no difference is allowed.",
        {"OTHER": "Anything else."},
    ),
    Words(
        AdoptionState,
        "How far a capability of a channel is adopted.",
        {
            "UNREGISTERED": "The legacy application answers by itself.",
            "REGISTERED": "A connector is registered; callers are not answered.",
            "CONTRACT_OK": "Its answers fit the contract; only its owners look.",
            "FEDERATED_READ": "The legacy answers callers, live.",
            "SHADOW_READ": "The legacy answers; the platform is compared with it.",
            "CANARY_READ": "The platform answers a share of people, the legacy the rest.",
            "MIDDLE_READ": "The platform answers everybody; the legacy is compared with it.",
            "DUAL_WRITE_LEGACY_LEAD": "The legacy takes writes first, then the platform.",
            "DUAL_WRITE_MIDDLE_LEAD": "The platform takes a share of writes first.",
            "MIDDLE_OWNED": "The platform owns it; the legacy is told.",
            "LEGACY_RETIRED": "The legacy is gone: nothing leads back.",
            "STAYS_LEGACY": "It stays where it is: a valid end.",
            "HALTED": "Whoever leads answers, until a person resumes.",
        },
    ),
    Words(
        Share,
        "Whose share is meant.",
        {
            "READ": "People whom the platform answers.",
            "WRITE": "People whose writes it leads.",
        },
        name="AdoptionShare",
    ),
    Words(
        ConflictPolicy,
        "What happens where both sides changed the same.",
        {
            "LEADER_WINS": "The one that leads.",
            "FIELD_WISE": "Each field for itself, the later one.",
            "QUEUE": "A person decides.",
        },
        name="AdoptionConflictPolicy",
    ),
    Words(
        ConflictState,
        "How a conflict stands.",
        {
            "OPEN": "Nobody decided yet: the platform's value stands here.",
            "PLATFORM_KEPT": "The platform's value was written to the system.",
            "LEGACY_TAKEN": "The system's value was taken.",
        },
    ),
    Words(
        Action,
        "What a step of adoption did.",
        {
            "PROMOTE": "One step up.",
            "ROLLBACK": "Steps down.",
            "HALT": "A person halted it.",
            "RESUME": "A person resumed it.",
            "PERCENT": "Another percentage.",
            "ROUTE": "Other lists, fields or another conflict policy.",
            "STAY": "It stays with its legacy.",
            "APPROVE": "The first of two approvals.",
            "DEMOTE": "The platform took it down by itself.",
        },
        name="AdoptionAction",
    ),
    Words(
        AdoptionSignature,
        "What a person may vouch for, because nobody can measure it.",
        {
            "OWNER_NAMED": "Who owns the legacy.",
            "RUNBOOK_REHEARSED": "The way back was rehearsed.",
            "BUSINESS_SIGNED": "The business agrees.",
            "ARCHIVE_EXPORTED": "The legacy's archive was exported.",
        },
    ),
)
