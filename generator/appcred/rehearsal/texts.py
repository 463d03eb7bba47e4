"""Whether what a flow showed has its text in the translations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PLACEHOLDER: Final = re.compile(r"\{([a-zA-Z_][a-zA-Z0-9_]*)\}")


def placeholders(text: str) -> set[str]:
    """Return the names of a text's placeholders."""
    return set(_PLACEHOLDER.findall(text))


def words(domain: str, step: Mapping[str, Any], texts: Mapping[str, str]) -> str:
    """Return what a user reads in a step of a flow: its title, its description, or its reason.

    Args:
        domain: The integration's.
        step: As the frontend gets it.
        texts: Texts of the category `config` by their whole key.

    """
    base = f"component.{step.get('translation_domain') or domain}.config"
    match step["type"]:
        case "abort":
            keys = [f"{base}.abort.{step['reason']}"]
        case "form" | "menu":
            keys = [f"{base}.step.{step['step_id']}.{part}" for part in ("title", "description")]
        case _:
            keys = []
    said = " ".join(texts[key] for key in keys if key in texts)
    for name, value in (step.get("description_placeholders") or {}).items():
        said = said.replace(f"{{{name}}}", str(value))
    return said


def untranslated(
    domain: str,
    shown: Iterable[Mapping[str, Any]],
    reasons: Iterable[str],
    texts: Mapping[str, str],
) -> list[str]:
    """Return what a user saw without its text, each once, in the order in which it was shown.

    Args:
        domain: The integration's.
        shown: Steps of flows, as the frontend gets them.
        reasons: Translation keys of the errors with which the entry's set-up ended.
        texts: Texts of the integration and of `homeassistant` by their whole key.

    """
    found: list[str] = []
    for step in shown:
        found += _step(domain, step, texts)
    for reason in reasons:
        keys = [f"component.{owner}.exceptions.{reason}.message" for owner in (domain, _CORE)]
        if not any(key in texts for key in keys):
            found.append(f"the error {reason!r} has no text (exceptions.{reason}.message)")
    return list(dict.fromkeys(found))


def issue_untranslated(issue: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    """Return what a user sees of a repair issue without its text.

    Args:
        issue: As the frontend gets it.
        texts: Texts of the category `issues` by their whole key, of the domain that raised it.

    """
    path = f"issues.{issue.get('translation_key') or issue['issue_id']}"
    given = set(issue.get("translation_placeholders") or ())
    found: list[str] = []
    # What can be fixed by a click has a dialog of its own in the place of the description.
    parts = ("title",) if issue["is_fixable"] else ("title", "description")
    for part in parts:
        text = texts.get(f"component.{issue['domain']}.{path}.{part}")
        if text is None:
            found.append(f"the repair issue {issue['issue_id']!r} has no text ({path}.{part})")
        else:
            found += _unresolved(f"{path}.{part}", text, given)
    dialog = f"{path}.fix_flow."
    if issue["is_fixable"] and not any(f".{dialog}" in key for key in texts):
        found.append(
            f"the dialog of the repair issue {issue['issue_id']!r} has no text ({dialog}…)"
        )
    return found


_CORE: Final = "homeassistant"
_REFERENCE: Final = "[%key:"


def _step(domain: str, step: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    given = set(step.get("description_placeholders") or ())
    owner = step.get("translation_domain") or domain
    if step["type"] == "abort":
        path = f"config.abort.{step['reason']}"
        text = texts.get(f"component.{owner}.{path}")
        if text is None:
            return [f"the abort reason {step['reason']!r} has no text ({path})"]
        return _unresolved(path, text, given)
    if step["type"] != "form":
        return []
    base = f"config.step.{step['step_id']}"
    fields = [entry["name"] for entry in step.get("data_schema") or ()]
    sections = {e["name"] for e in step.get("data_schema") or () if e.get("type") == "expandable"}
    places = {
        name: f"{base}.sections.{name}.name" if name in sections else f"{base}.data.{name}"
        for name in fields
    }
    labels = [(path, texts.get(f"component.{domain}.{path}", "")) for path in places.values()]
    raw = [path for path, text in labels if _REFERENCE in text]
    found = [f"{path} shows an unresolved reference ({_REFERENCE}…%])" for path in raw]
    found += [
        f"the field {name!r} has no text ({path})"
        for name, path in places.items()
        if f"component.{domain}.{path}" not in texts
        # Home Assistant's own picker has a text of its own where the integration gives none.
        and name != "implementation"
    ]
    said = False
    for part in ("title", "description"):
        text = texts.get(f"component.{domain}.{base}.{part}")
        if text is not None:
            said = True
            found += _unresolved(f"{base}.{part}", text, given)
    if not said and not fields:
        found.append(f"the step {step['step_id']!r} is an empty dialog ({base}.description)")
    for error in (step.get("errors") or {}).values():
        if f"component.{domain}.config.error.{error}" not in texts:
            found.append(f"the error {error!r} has no text (config.error.{error})")
    return found


def _unresolved(path: str, text: str, given: set[str]) -> list[str]:
    if _REFERENCE in text:
        return [f"{path} shows the unresolved reference {text!r}"]
    missing = sorted(placeholders(text) - given)
    return [f"{path} shows {{{name}}} unresolved" for name in missing]
