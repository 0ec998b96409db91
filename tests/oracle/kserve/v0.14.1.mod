module kserve

go 1.22.7

require github.com/kserve/kserve v0.14.1

