"""What the agency's lists, tasks, issues and notes are called."""

#: sort of project -> task lists with their tasks
TASKS: dict[str, dict[str, tuple[str, ...]]] = {
    "website": {
        "Discovery": ("Kick-off workshop", "Audience interviews", "Content inventory", "Analytics review",
                      "Site map", "Technical audit"),
        "Design": ("Wireframes", "Visual direction", "Component library", "Home page design", "Article templates",
                   "Accessibility review"),
        "Build": ("Repository and hosting", "Theme and layout", "Navigation and search", "Checkout flow",
                  "Forms and e-mail", "Editor training", "Redirect map", "Performance pass"),
        "Launch": ("Content migration", "Cross-browser testing", "Go-live plan", "Launch day", "Two-week follow-up"),
    },
    "app": {
        "Concept": ("Stakeholder interviews", "User journeys", "Data model", "Prototype", "Prototype test"),
        "Build": ("Sign-in and accounts", "Offline storage", "API gateway", "Push notifications", "Admin screens",
                  "Payments", "Reports and export", "Audit trail", "Search index", "Settings screens"),
        "Quality": ("Automated tests", "Security review", "Load test", "Accessibility fixes", "Beta programme"),
        "Release": ("Store listings", "Release notes", "Monitoring", "Handover session", "Warranty fixes"),
    },
    "brand": {
        "Strategy": ("Brand workshop", "Competitor review", "Positioning", "Tone of voice", "Naming round"),
        "Identity": ("Logo sketches", "Logo refinement", "Colour and type", "Illustration set", "Photography brief",
                     "Brand guidelines"),
        "Roll-out": ("Stationery", "Signage", "Social templates", "Poster series", "Print supervision",
                     "Launch film storyboard", "Exhibition panels"),
    },
    "retainer": {
        "Monthly care": ("Updates and backups", "Security patches", "Uptime watch", "Monthly report",
                         "Content changes", "Editor support"),
        "Small changes": ("New landing page", "Banner refresh", "Newsletter template", "Form changes",
                          "Price list update", "Image clean-up", "Menu changes", "Search tuning"),
    },
    "internal": {
        "Studio": ("Weekly meeting", "Hiring", "Bookkeeping", "Portfolio pages", "Tools and machines", "Training"),
        "Growth": ("Proposals", "Newsletter", "Talk preparation", "Case studies", "Open studio day"),
    },
}  # fmt: skip
ISSUES = (
    "Menu does not close on small screens", "Totals differ by a cent after discount", "Search ignores accents",
    "Image carousel jumps on first load", "Reset mail lands in spam", "Date picker shows yesterday in Sydney",
    "PDF lacks the second page", "Contact form accepts empty message", "Map does not load without cookies",
    "Footer overlaps text at 200 % zoom", "Export stops after 1,000 rows", "Video has no captions",
    "Keyboard focus is lost after saving", "Prices shown without tax on checkout", "Old logo in e-mail header",
    "Session ends while typing", "Slow first page after deployment", "Umlauts broken in CSV",
    "Duplicate order when tapping twice", "Push arrives at night",
)  # fmt: skip
NOTES = (
    "Call with the client, notes in the folder", "First draft", "Second round of changes", "Fixed review comments",
    "Pairing session", "Cleaned up and documented", "Prepared for review", "Tested on phones and tablets",
    "Worked through the feedback list", "Set up staging", "Wrote tests", "Investigated report from support",
    "Refined after Tuesday's meeting", "Content entry", "Layout for the long texts", "Compared two approaches",
    "Wrote the summary", "Looked into slow pages", "Prepared estimates", "Handed over to development", "", "", "",
)  # fmt: skip
GENERAL = ("Stand-up", "Planning", "Travel to client", "E-mail and calls", "Status meeting", "Retrospective")
#: texts that trip careless programs
ODD_NOTES = (
    "Launch day 🚀🎉 all green ✅", "פגישה עם הלקוח בנושא העיצוב", "اجتماع مع العميل — مراجعة التصميم",
    "<b>Bold move</b> <script>alert('hours')</script>", "=HYPERLINK(\"http://example.com\",\"invoice\")",
    "+1 555 0100 called back", "@SUM(A1:A9)", "-2 revisions left", "Étude préliminaire — “première” version",
    "Zażółć gęślą jaźń; naïve café", "line one\nline two\tand a tab", "NULL",
    "日本語のメモ: 打ち合わせ", "{{ 7 * 7 }} ${x}",
    "   spaces around   ", "👩🏽‍💻 pair programming with 👨‍🎨",
)  # fmt: skip
