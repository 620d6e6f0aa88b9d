"""Watchers and a fugitive: tree-width as a game.

Some watchers hunt a fugitive on an undirected graph. Each of them stands on a vertex or is in the
air. In a turn one watcher says on which vertex it will land; if none is in the air, one lifts off
first. Before it lands the fugitive, who sees all of this, runs along edges as far as it likes, but
not over a vertex on which a watcher stands. It is caught if it cannot avoid the landing.

k + 1 watchers catch it, however it runs, if and only if the tree-width of the graph is at most k
(Seymour and Thomas 1993, Journal of Combinatorial Theory B 58). Where the fugitive is matters only
up to its region: the vertices that it can reach.
"""

import functools
import itertools
from typing import NamedTuple

import numpy as np

from wl2nas import _require, graphs

Vertices = frozenset[int]
MOST_VERTICES = 10  # all positions of the watchers are tried


class Position(NamedTuple):
    """Where watchers stand, and the region of the fugitive; if that is empty, it is caught."""

    watched: Vertices
    region: Vertices


def fewest_watchers(adjacency) -> int:
    """How many watchers it takes to catch every fugitive: the tree-width plus 1.

    Raises ValueError for a directed graph and for more than ten vertices.
    """
    game = _Game(adjacency, 1)
    while not game.won(game.start()):
        game = _Game(adjacency, game.watchers + 1)
    return game.watchers


def play(adjacency, watchers: int) -> list[Position] | None:
    """One game, position by position: quick watchers, a fugitive who puts it off. None if it
    escapes for ever."""
    game = _Game(adjacency, _require.whole("watchers", watchers, at_least=1))
    if not game.won(game.start()):
        return None
    position = game.slowest(game.start())
    played = [position]
    while position.region:
        position = game.slowest(game.best_move(position))
        played.append(position)
    return played


class _Game:
    """Which positions are won for the watchers, and in how many landings."""

    def __init__(self, adjacency, watchers: int):
        adjacency = graphs.as_adjacency(adjacency)
        if (adjacency != adjacency.T).any():
            raise ValueError("the graph must be undirected; call graphs.skeleton on it first")
        if not 1 <= len(adjacency) <= MOST_VERTICES:
            raise ValueError(f"the graph must have 1 to {MOST_VERTICES} vertices; it has "
                             f"{len(adjacency)}")  # fmt: skip
        self.watchers = watchers
        self.vertices = range(len(adjacency))
        self.around = [set(np.flatnonzero(row).tolist()) for row in adjacency]
        self.regions = functools.cache(self._regions)
        self.landings: dict[Position, int] = {}
        self._solve()

    def start(self) -> list[Position]:
        return [Position(frozenset(), region) for region in self.regions(frozenset())]

    def won(self, positions: list[Position]) -> bool:
        """Whether the watchers win, whichever of these the fugitive chooses."""
        return all(position in self.landings for position in positions)

    def slowest(self, positions: list[Position]) -> Position:
        """Of positions that are won the one that takes the most landings."""
        return max(positions, key=lambda at: (self.landings[at], len(at.region), sorted(at.region)))

    def best_move(self, position: Position) -> list[Position]:
        """The positions that the fugitive may choose from after the quickest winning landing."""
        won = [move for move in self._moves(position) if self.won(move)]
        return min(won, key=lambda move: self.landings[self.slowest(move)])

    def _solve(self):
        """Positions that are won in one landing, then in two, and so on until nothing is new."""
        open_, seen = self.start(), set(self.start())
        moves: dict[Position, list[list[Position]]] = {}
        while open_:
            position = open_.pop()
            if not position.region:
                self.landings[position] = 0
                continue
            moves[position] = self._moves(position)
            new = {at for move in moves[position] for at in move} - seen
            seen |= new
            open_ += new
        for landing in itertools.count(1):
            found = {
                position: landing
                for position, several in moves.items()
                if position not in self.landings and any(map(self.won, several))
            }
            if not found:
                break
            self.landings |= found

    def _moves(self, position: Position) -> list[list[Position]]:
        """For every landing the positions among which the fugitive chooses."""
        watched, region = position
        full = len(watched) == self.watchers
        staying = [watched - {v} for v in sorted(watched)] if full else [watched]
        moves = []
        for stay in staying:
            (free,) = [wider for wider in self.regions(stay) if region <= wider]
            for v in self.vertices:
                if v not in stay:
                    now = stay | {v}
                    left = [part for part in self.regions(now) if part <= free]
                    moves.append([Position(now, part) for part in left or [frozenset()]])
        return moves

    def _regions(self, watched: Vertices) -> list[Vertices]:
        """The pieces into which the watchers cut the graph."""
        left, found = set(self.vertices) - watched, []
        while left:
            piece, border = set(), {min(left)}
            while border:
                piece |= border
                border = {u for v in border for u in self.around[v]} & left - piece
            found.append(frozenset(piece))
            left -= piece
        return found
