"""The agency's projects: whose, when, of what sort, by whom."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """One project: `clients` and `team` are positions in their tables, times are days before today."""

    name: str
    clients: tuple[int, ...]
    sort: str
    begun: int
    ended: int
    team: tuple[int, ...]
    currency: str = "USD"
    status: str = "Active"
    billable: float = 0.9
    po: str = ""


PROJECTS = (
    Plan("Bakery online shop", (0,), "website", 720, 560, (2, 3, 4, 10), status="Completed", po="AF-2209"),
    Plan("Bakery care plan", (0,), "retainer", 555, -30, (3, 8), po="AF-2301"),
    Plan("Summit Trail mobile app", (1,), "app", 700, 330, (2, 5, 6, 11), status="Completed", po="STO-88-114"),
    Plan("Summit Trail app, phase 2", (1,), "app", 300, -60, (2, 5, 6, 9), po="STO-91-020"),
    Plan("Patient portal", (2,), "app", 610, 250, (2, 4, 5, 10), status="Completed", po="4500017731"),
    Plan("Patient portal support", (2,), "retainer", 248, -90, (4, 5), po="4500019008"),
    Plan("Observatory visitor site", (3,), "website", 520, 340, (3, 6, 7), status="Completed"),
    Plan("Night sky calendar", (3,), "app", 210, -20, (6, 7, 9)),
    Plan("Ferry booking redesign", (4,), "website", 480, 200, (2, 4, 7, 8), status="Completed", po="GLF/2025/031"),
    Plan("Ferry timetable displays", (4,), "app", 190, -45, (4, 7, 9), po="GLF/2026/007"),
    Plan("Library catalogue usability", (5,), "website", 400, 260, (3, 8), billable=0.6, status="Completed"),
    Plan("Library summer campaign", (5,), "brand", 170, 60, (3, 8, 7), billable=0.7, status="In Testing"),
    Plan("Claims dashboard", (6,), "app", 360, -120, (2, 5, 9, 6), po="KA-70021"),
    Plan("Tidewater brand refresh", (7,), "brand", 650, 470, (3, 6, 11), status="Completed"),
    Plan("Tidewater website", (7,), "website", 450, 150, (3, 4, 6), status="On Hold"),
    Plan("Orgelbau Imagefilm & Website", (8,), "website", 540, 280, (3, 6, 7), currency="EUR", status="Completed"),
    Plan("Orgelbau Wartung", (8,), "retainer", 275, -60, (6, 7), currency="EUR"),
    Plan("Beaurivage boutique en ligne", (9,), "website", 320, 40, (3, 4, 8), currency="EUR", po="BC-2025-118"),
    Plan("Verdant Grid customer portal", (10,), "app", 580, 120, (2, 5, 9, 4), currency="EUR", po="VG-PO-5521"),
    # the same company under another currency: a clash on purpose
    Plan("Verdant Grid US launch site", (10,), "website", 140, -30, (4, 8, 9), currency="USD"),
    Plan("Thistle & Loom identity", (11,), "brand", 380, 180, (3, 6), currency="GBP", status="Completed"),
    Plan("Wool & Steam exhibition", (12, 11), "brand", 160, -75, (3, 6, 7, 8), currency="GBP"),
    Plan("Museum ticketing integration", (12,), "app", 230, 10, (5, 9), currency="GBP", po="PRM-0417"),
    Plan("Tea subscription store", (13,), "website", 130, -40, (4, 8, 3)),
    Plan("Brightline internal", (), "internal", 730, -400, (2, 3, 4, 5, 6, 7, 8, 9, 0, 1), billable=0.0),
    Plan("Conference talk and workshop", (), "internal", 110, 20, (2, 6), billable=0.0),
    Plan("Pitch: Harbor Lights festival", (), "brand", 90, 45, (3, 6), billable=0.0, status="Cancelled"),
)
