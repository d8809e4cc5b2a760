"""Recommendations: what somebody may like, in order, and which of their own ratings speak for it."""

from dataclasses import dataclass

from saccade.core.safe_json import Json


@dataclass(frozen=True)
class Reason:
    """A rating that speaks for a recommendation, or against it.

    Attributes:
        item: what the source calls what was rated.
        title: what to show of it.
        rating: that it was given.
        effect: how much lower the recommended item's score would be without this rating; negative where it speaks
            against.
    """

    item: str
    title: str
    rating: float
    effect: float

    def to_dict(self) -> Json:
        """Return plain values for JSON."""
        return dict(vars(self))


@dataclass(frozen=True)
class Recommendation:
    """An item that somebody may like.

    Attributes:
        rank: from 1.
        item: what the source calls it.
        title: what to show of it.
        score: the network's, by which items are ranked; it has no unit.
        expected: the rating that the network expects; None where ratings say no more than that something was taken.
        reasons: ratings that speak for it, those with the largest effect first.
    """

    rank: int
    item: str
    title: str
    score: float
    expected: float | None
    reasons: tuple[Reason, ...] = ()

    def to_dict(self) -> Json:
        """Return plain values for JSON."""
        return {**vars(self), "reasons": [reason.to_dict() for reason in self.reasons]}


@dataclass(frozen=True)
class Recommendations:
    """What somebody may like.

    Attributes:
        user: who it is for; "" for somebody without a name.
        rated: how many ratings of theirs the network was given.
        tried: how many of these were left out in turn to find reasons; 0 where none were asked for.
        items: the recommended ones, best first; never one that they have rated.
    """

    user: str
    rated: int
    tried: int
    items: tuple[Recommendation, ...]

    def to_dict(self) -> Json:
        """Return plain values for JSON."""
        return {
            "user": self.user,
            "rated": self.rated,
            "tried": self.tried,
            "recommendations": [each.to_dict() for each in self.items],
        }
