module kserve

go 1.24.0
