"""What the agency's CRM holds in the demo: people, further companies, contacts, products, works."""

#: first name, last name, profile, status: who is in the CRM beside those who found it
PEOPLE = (
    ("Sofia", "Lindqvist", "Sales", "active"), ("Marcus", "Bell", "Standard", "active"),
    ("Lena", "Fischer", "Standard", "inactive"),
)  # fmt: skip
#: accounts that are no clients in Projects: name, type, city, country, phone, currency; two have one name
MORE_ACCOUNTS = (
    ("Hawthorn Gallery", "Customer", "Bath", "United Kingdom", "+44 1225 555 0164", "GBP"),
    ("Hawthorn Gallery", "Customer", "Portland", "United States", "+1 207 555 0119", "USD"),
    ("Fjordline Kayaks", "Prospect", "Bergen", "Norway", "+47 55 55 01 37", "EUR"),
    ("Old Mill Brewery", "Prospect", "Bend", "United States", "+1 541 555 0108", "USD"),
    ("Quince Ceramics", "Prospect", "Lisbon", "Portugal", "+351 21 555 0143", "EUR"),
    ("Paper Crane Press", "Supplier", "Toronto", "Canada", "+1 416 555 0150", "USD"),
)  # fmt: skip
#: name, code, price, unit, category
PRODUCTS = (
    ("Website care, monthly", "CARE-M", 480, "Quantity", "Services"),
    ("Design day", "DES-DAY", 960, "Each", "Services"),
    ("Development day", "DEV-DAY", 1040, "Each", "Services"),
    ("Accessibility audit", "A11Y", 3200, "Each", "Services"),
    ("Brand workshop", "BRAND-WS", 2400, "Each", "Services"),
    ("Content workshop", "CONT-WS", 1450, "Each", "Services"),
    ("Photography, half day", "PHOTO-H", 620, "Each", "Services"),
    ("Translation, 100 words", "TRANS-100", 19.5, "Lot", "Services"),
    ("Print supervision hour", "PRINT-H", 110, "Hours", "Services"),
    ("Training hour", "TRAIN-H", 135, "Hours", "Services"),
    ("Hosting, yearly", "HOST-Y", 720, "Each", "Hardware"),
    ("Timetable display", "DISPLAY", 1890, "Each", "Hardware"),
    ("Font licence", "FONT", 190, "Quantity", "Software"),
    ("Booking module licence", "BOOK-L", 1250, "Each", "Software"),
    ("Discontinued kiosk", "KIOSK", 1500, "Each", "Hardware"),
)
NAMES = (
    ("Ingrid", "Vogel"), ("Callum", "Reid"), ("Priya", "Raman"), ("Odile", "Marchand"), ("Tomasz", "Wolak"),
    ("Hannah", "Brook"), ("Luis", "Ortega"), ("Marta", "Nilsen"), ("Grace", "Oyelaran"), ("Felix", "Baum"),
    ("Yuki", "Tanabe"), ("Nora", "Quinn"), ("Samir", "Aziz"), ("Elena", "Petrova"), ("Jonas", "Weiss"),
    ("Amara", "Diallo"), ("Peter", "Lund"), ("Ruth", "Abel"), ("Ivo", "Horvat"), ("Clara", "Mendes"),
    ("Owen", "Price"), ("Signe", "Dahl"), ("Bram", "de Wit"), ("Leila", "Rahimi"),
)  # fmt: skip
#: contacts without an account: first name, last name, e-mail, phone, city
LONERS = (
    ("Wilma", "Strand", "wilma@strandstudio.example", "+46 8 555 0121", "Stockholm"),
    ("Theo", "Marsh", "theo.marsh@mail.example", "+1 503 555 0190", "Portland"),
    ("Anouk", "Perrin", "anouk.perrin@mail.example", "+33 1 5550 0188", "Paris"),
)  # fmt: skip
TITLES = ("Head of communications", "Managing director", "Accounts payable", "Marketing manager", "Head of digital")
WORKS = (
    "Website relaunch", "Brand refresh", "Member portal", "Annual report", "Ticket shop", "Photo archive",
    "Care plan", "Campaign", "Usability study", "Booking redesign",
)  # fmt: skip
#: a stage that the agency made itself
OWN_STAGE = ("Order confirmed in writing", 100, "Closed Won")
DEALS = 60
