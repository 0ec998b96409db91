"""What rules of core kinds cannot say as an expression: grammars, arithmetic, and names looked up within an object.

Each function takes a subject and the run (`rules.check`), and gives rows: a path below the subject, message, hint.
What has the wrong type is passed over, as the schema tells it.
"""
