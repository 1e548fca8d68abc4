-- wrk: a POST of JSON.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"items":[{"price":12,"quantity":3},{"price":7,"quantity":1},{"price":99,"quantity":2}]}'
