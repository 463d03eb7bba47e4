"""Lets pydantic read an answer that the rehearsal made up.

Pydantic reads objects in code of its own, past what `Table` sees. Its errors name all that it
misses or refuses, with the value itself: that is made up as it is wanted, and read again. Pydantic
is the only library here that a whole model is asked of, so a list of its errors is enough.

Nothing of appcred is imported here: this runs in Home Assistant's environment, on its Python.
"""

import json
import re

from appcred_lookups import DATE, MARKER, NUMBER, Items, Made, Table

_TURNS = 40
"""Each one goes a level deeper into the answer."""
_UUID = "00000000-0000-4000-8000-00000000{id}"
_OF_TYPE = (
    (r"datetime|timezone", lambda _: DATE),
    (r"date", lambda _: DATE[:10]),
    (r"time_delta|int|decimal", lambda _: NUMBER),
    (r"time", lambda _: "12:00:00"),
    (r"float", lambda _: NUMBER + 0.5),
    (r"bool", lambda _: True),
    (r"uuid", lambda _: _UUID),
    (r"url", lambda name: f"https://example.com/{name}"),
    (r"string_(sub_)?type", lambda name: name),
)
_TABLE = re.compile(r"(dict|mapping|model|dataclass)_")
_LIST = re.compile(r"(list|tuple|set|frozen_set|iterable)_type")
_CHOICE = re.compile(r"enum|literal_error")
_FIRST = re.compile(r"'([^']*)'|(-?\d+)")


def _wanted(error, given):
    """Return what a value should have been, as made up; None: that is not known."""
    answer, path = given.answer, given.path
    kind, name = error["type"], str(path[-1]) if path else ""
    if _TABLE.match(kind):
        return answer.inner(path, "table", Table)
    if _LIST.match(kind):
        return answer.inner(path, "list", Items)
    if _CHOICE.match(kind):
        first = _FIRST.match(error["ctx"]["expected"])
        return first and answer.plain(path, first[1] if first[2] is None else int(first[2]))
    for types, value in _OF_TYPE:
        if re.match(types, kind):
            return answer.plain(path, value(name))
    return None


def _holder(data, place, given):
    """Return what holds a value, and its key there. A place also has names of unions' branches."""
    node, found = data, None
    for part in place:
        is_key = isinstance(node, dict) and dict.__contains__(node, part)
        if is_key or (isinstance(node, list) and type(part) is int and part < list.__len__(node)):
            found = node, part
            node = (dict if is_key else list).__getitem__(node, part)
    return found if node is given else None


def _mended(data, error):
    """Whether what an error names was made up, and is now as it is wanted."""
    given, place = error["input"], error["loc"]
    if error["type"] == "missing":
        if isinstance(given, Table):
            given[str(place[-1])]
        return isinstance(given, Table)
    holder = _holder(data, (0, *place), given) if isinstance(given, Made) else None
    if holder is None or (value := _wanted(error, given)) is None:
        return False
    inside, key = holder
    (dict if isinstance(inside, dict) else list).__setitem__(inside, key, value)
    return True


def install():
    """Replace what reads a model, for as long as what it reads is made up."""
    try:
        from pydantic import BaseModel, TypeAdapter, ValidationError
    except ImportError:  # also a version 1, which reads what it is given as any other code does
        return

    def read(validate, data):
        box = [data]
        for _ in range(_TURNS):
            try:
                return validate(box[0])
            except ValidationError as error:
                # All of them in one turn, or a large model needs more turns than there are.
                mended = [_mended(box, each) for each in error.errors(include_url=False)]
                if not any(mended):
                    raise
        return validate(box[0])

    def of_data(real):
        def validate(self, data, /, **options):
            return read(lambda given: real(self, given, **options), data)

        return validate

    def of_text(real, of_objects):
        def validate(self, text, /, **options):
            found = bytes(text) if isinstance(text, (bytes, bytearray)) else text.encode()
            if MARKER.encode() not in found:
                return real(self, text, **options)
            return of_objects(self, json.loads(text), **options)

        return validate

    def init(self, /, **data):
        validator = self.__pydantic_validator__
        read(
            lambda given: validator.validate_python(given, self_instance=self),
            data.pop(MARKER, data),
        )

    init.__pydantic_base_init__ = True
    BaseModel.__init__ = init
    model = of_data(BaseModel.model_validate.__func__)
    BaseModel.model_validate_json = classmethod(
        of_text(BaseModel.model_validate_json.__func__, model)
    )
    BaseModel.model_validate = classmethod(model)
    adapter = of_data(TypeAdapter.validate_python)
    TypeAdapter.validate_json = of_text(TypeAdapter.validate_json, adapter)
    TypeAdapter.validate_python = adapter
