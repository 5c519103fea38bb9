nothing  = null
yes      = true
no       = false
name     = "web"
count    = 3
half     = 0.5
words    = tolist(["b", "a", "c"])
numbers  = tolist([3, 1, 2])
letters  = toset(["b", "a", "c"])
ages     = tomap({ ann = 31, bob = 27 })
mixed    = ["a", 1, true, null]
person   = { name = "Ann", age = 31, tags = ["x", "y"], home = { city = "Bern" } }
people   = [{ name = "Ann", age = 31 }, { name = "Bob", age = 27 }]
servers  = { web = { size = 2, zones = ["a", "b"] }, db = { size = 5, zones = [] } }
empty    = []
blank    = {}
none     = tolist([])
matrix   = [[1, 2], [3, 4], []]
secret   = sensitive("hush")
text     = "one\ntwo\n"
template = "Hello $${name}!"
foo      = { bar = "baz" }

mixed_content_json = sensitive("{\n  \"username\": \"zqb\",\n  \"password\": \"p4ssw0rd\"\n}\n")
mixed_content      = jsondecode(local.mixed_content_json)
