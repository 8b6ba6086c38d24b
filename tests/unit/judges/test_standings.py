"""What is said of somebody to all says of no row that it is his; other numbers and times do."""

import pytest

from pytest_readiness.judges.purpose.standings import is_board, is_content
from relations import column


@pytest.mark.parametrize(
    ("name", "kind", "default", "found"),
    [
        ("hours", "smallint", "", True),
        ("weight", "numeric(5,2)", "", True),
        ("held_on", "date", "", True),
        ("created_at", "timestamp with time zone", "now()", False),
        ("last_seen_at", "timestamp with time zone", "", False),
        ("aid", "text", "", False),
        ("taken", "boolean", "", False),
        ("stars", "smallint", "", False),
        ("level", "smallint", "", False),
        ("sugar_level", "smallint", "", True),
        ("reviewCount", "integer", "", False),
    ],
)
def test_numbers_and_times_are_content_but_for_standings_and_what_the_server_keeps(
    name, kind, default, found
):
    assert is_content(column(name, kind, default=default)) is found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("leaderboard", True),
        ("weekly_high_scores", True),
        ("sellerRatings", True),
        ("public_runs", True),
        ("reviews", True),
        ("top_players", True),
        ("card_top_ups", False),
        ("best_bids", False),
        ("sleep_curve", False),
        ("stopovers", False),
    ],
)
def test_boards_are_what_people_enter_to_be_seen(name, found):
    assert is_board(name) is found
