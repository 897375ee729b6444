"""Words for generated names, streets and products, and names that break careless programs."""

from __future__ import annotations

from typing import Final

NAME_STEMS: Final = (
    "Aurora", "Alpine", "Baltic", "Beacon", "Cobalt", "Crescent", "Delta", "Ember", "Falcon", "Granite",
    "Harbour", "Helios", "Ironwood", "Juniper", "Keystone", "Lakeside", "Meridian", "Northwind", "Oakfield",
    "Orion", "Pinnacle", "Quarry", "Ridgeway", "Sable", "Silverline", "Summit", "Tidewater", "Umbra", "Vantage",
    "Westbrook", "Yellowstone", "Zephyr", "Bluebird", "Copperfield", "Evergreen", "Fairview", "Glacier",
)  # fmt: skip
TRADES: Final = (
    "Analytics", "Bakery", "Beverages", "Ceramics", "Components", "Construction", "Dairy", "Electronics",
    "Energy", "Farms", "Foods", "Freight", "Furniture", "Glass", "Instruments", "Interiors", "Labs", "Logistics",
    "Machining", "Media", "Metals", "Motors", "Optics", "Packaging", "Paper", "Pharma", "Plastics", "Printing",
    "Robotics", "Security", "Shipping", "Software", "Solar", "Systems", "Textiles", "Timber", "Tools",
)  # fmt: skip
LEGAL_FORMS: Final = ("Ltd", "GmbH", "S.A.", "Inc.", "BV", "AB", "SARL", "SpA", "LLC", "AG", "Oy", "& Sons")
FIRST_NAMES: Final = (
    "Amira", "Anna", "Ben", "Carla", "Chloé", "David", "Elena", "Emil", "Fatima", "Felix", "Grace", "Hana", "Hugo",
    "Ines", "Ivan", "Jana", "José", "Kenji", "Lars", "Leila", "Luca", "Maja", "Mehmet", "Mia", "Nadia", "Noah",
    "Olga", "Omar", "Paula", "Pierre", "Priya", "Rosa", "Samuel", "Sofia", "Søren", "Tomás", "Vera", "Wei",
    "Yusuf", "Zoë",
)  # fmt: skip
LAST_NAMES: Final = (
    "Andersson", "Bauer", "Becker", "Chen", "Costa", "Dubois", "Eriksen", "Ferrari", "Fischer", "García", "Haddad",
    "Hoffmann", "Ivanova", "Jansen", "Kim", "Kowalski", "Kumar", "Lefèvre", "Lindqvist", "Martin", "Meyer",
    "Moreau", "Müller", "Nakamura", "Novák", "O'Brien", "Okafor", "Peeters", "Petrov", "Popescu", "Rossi", "Santos",
    "Schmidt", "Silva", "Smith", "Tanaka", "van den Berg", "Virtanen", "Weber", "Yılmaz", "Zimmermann",
)  # fmt: skip
STREETS: Final = (
    "Bridge Street", "Canal Road", "Church Lane", "Dock Road", "Elm Avenue", "Garden Street", "Hill Road",
    "King's Road", "Long Lane", "Market Square", "Mill Lane", "Oak Avenue", "Park Road", "Quay Street",
    "River Walk", "Rue de la Gare", "Schulstraße", "Station Road", "Via Roma", "Wharf Street",
)  # fmt: skip
CITIES: Final[tuple[tuple[str, str, int, int], ...]] = (
    # city, postcode, id of the country, id of the state (0: none); ids as in fixed.py
    ("Amsterdam", "1012", 5, 0), ("Austin", "73301", 1, 3), ("Berlin", "10115", 3, 0), ("Boston", "02108", 1, 4),
    ("Bruxelles", "1000", 4, 0), ("Chicago", "60601", 1, 5), ("København", "1050", 8, 0),
    ("London", "EC1A 1BB", 6, 0), ("Lyon", "69001", 2, 0), ("Madrid", "28001", 7, 0), ("Milano", "20121", 9, 0),
    ("München", "80331", 3, 0), ("New York", "10001", 1, 2), ("Paris", "75001", 2, 0),
    ("San Francisco", "94103", 1, 1), ("Sevilla", "41001", 7, 0), ("Tōkyō", "100-0001", 10, 0),
    ("Zürich", "8001", 11, 0),
)  # fmt: skip
LEAD_SUBJECTS: Final = (
    "Annual service contract", "Office furniture", "Packaging line", "Pilot project", "Renewal", "Replacement of",
    "Request for quotation", "Solar panels", "Spare parts", "Training days", "Upgrade", "Warehouse shelving",
)  # fmt: skip
JOB_TITLES: Final = (
    "Accountant", "Buyer", "Chief Executive Officer", "Consultant", "Developer", "HR Officer", "Logistics Planner",
    "Marketing Manager", "Quality Engineer", "Sales Manager", "Sales Representative", "Support Engineer",
)  # fmt: skip
DEPARTMENTS: Final = (
    "Management", "Sales", "Research & Development", "Administration", "Operations", "Marketing", "Finance",
    "Customer Care", "Logistics", "Quality", "Purchasing", "Legal", "Human Resources", "IT",
)  # fmt: skip

OWN_COMPANIES: Final = ("Demo Europe NV", "Demo America & Sons Inc.")
"""The own companies of the demo Odoo, also its first two partners."""

# Legal names that break markup, shells, CSV, fonts and column widths.
AWKWARD_NAMES: Final = {
    3: "Müller & Söhne GmbH",
    5: 'O\'Neil "Quick" Parts',
    7: "[bold red]Brackets[/] & {Braces} Ltd",
    9: "株式会社さくら",
    11: "Ångström-Çelik <Trading> 100%",
    13: "Łódź; DROP TABLE partners --",
    15: "شركة النور",
    17: "Café 🚀 Rocket, S.L.",
}
"""Names by ordinal of a generated record (company, lead, employee), the same for every seed."""
