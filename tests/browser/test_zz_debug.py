from test_one_form import *
def test_x(notebook):
    lab = notebook
    lab.page.wait_for_timeout(3000)
    for area in areas(lab):
        print(area.evaluate("e => [...e.children].map(c => c.outerHTML.slice(0, 500)).join('\\n\\n')"))
    lab.shot("debug")
