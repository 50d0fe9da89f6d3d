"""The one table of all measurements."""


class Table:
    """Rows by name, in the order of their first appearance; a column a disk."""

    def __init__(self, columns):
        self.columns = columns
        self.rows = {}

    def add(self, column, name, value, goal="", beside=""):
        row = self.rows.setdefault(name, {"values": {}, "goal": goal, "beside": beside})
        row["values"][column] = value
        print(f"  {name}: {value}" + (f"   ({beside})" if beside else ""), flush=True)

    def text(self):
        head = ["", *self.columns, "goal", "beside"]
        lines = [[name, *(row["values"].get(column, "") for column in self.columns), row["goal"], row["beside"]]
                 for name, row in self.rows.items()]
        widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
        def written(line):
            cells = [line[0].ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(line[1:-2], widths[1:-2])]
            return "  ".join(cells + [line[-2].ljust(widths[-2]), line[-1]]).rstrip()
        return "\n".join([written(head), "-" * len(written(head)), *map(written, lines)])


def milliseconds(value):
    return f"{value:.2f} ms" if value < 10 else f"{value:.1f} ms"


def rate(value):
    return f"{value:,.0f}/s"
