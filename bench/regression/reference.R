# Writes what R's lm says of small models into a JSON file: the reference of the tests in test/regression.
#   Rscript bench/regression/reference.R fixtures/regression/reference.json
# Base R only. Every number has 17 digits; a missing value is null.
out <- commandArgs(trailingOnly = TRUE)[1]
if (is.na(out)) stop("give the file to write")
options(contrasts = c("contr.treatment", "contr.poly"), warn = 1)

text <- function(x) paste0("\"", gsub("\"", "\\\\\"", x), "\"")
number <- function(x) ifelse(is.na(x) & !is.nan(x), "null", ifelse(is.finite(x), sprintf("%.17g", x), text(as.character(x))))
json <- function(x) {
  if (is.null(x)) return("null")
  if (is.list(x)) {
    items <- vapply(x, json, "")
    if (is.null(names(x))) return(paste0("[", paste(items, collapse = ", "), "]"))
    return(paste0("{", paste0(text(names(x)), ": ", items, collapse = ", "), "}"))
  }
  if (is.factor(x)) x <- as.character(x)
  items <- if (is.character(x)) ifelse(is.na(x), "null", text(x)) else if (is.logical(x)) ifelse(x, "true", "false") else number(x)
  if (length(items) == 1 && !inherits(x, "AsIs")) items else paste0("[", paste(items, collapse = ", "), "]")
}

# Two tables of a shop, by formulas, so that no generator of random numbers has a say.
wobble <- function(i, a, b) ((i * a + (i %% 7) * b) %% 101) / 101
i <- 1:48
sales <- data.frame(
  budget = round(5 + 40 * wobble(i, 37, 11), 2),
  price = round(1 + 9 * wobble(i, 53, 29), 2),
  visits = round(100 + 900 * wobble(i, 71, 17)),
  region = c("east", "north", "south", "west")[1 + (i * 5 + i %/% 7) %% 4],
  channel = c("shop", "web")[1 + (i %/% 3 + i %/% 11) %% 2],
  weight = (i * 3) %% 8 / 2,
  stringsAsFactors = FALSE
)
effect <- c(east = 0, north = 4.5, south = -3.25, west = 9)
sales$revenue <- round(
  20 + 1.75 * sales$budget - 2.5 * sales$price + 0.01 * sales$visits + effect[sales$region] +
    ifelse(sales$channel == "web", 6 + 0.4 * sales$budget, 0) + 12 * (wobble(i, 89, 41) - 0.5), 2)
sales$total <- sales$budget + sales$price
sales$constant <- 3
sales$south <- as.numeric(sales$region == "south")
sales$visits_known <- ifelse(i %% 9 == 4, NA, sales$visits)
sales$revenue_known <- ifelse(i %% 13 == 5, NA, sales$revenue)
sales$channel_west <- ifelse(sales$region == "west", "web", sales$channel)

k <- 1:40
series <- data.frame(
  index = k,
  date = format(seq(as.Date("2021-03-01"), by = "month", length.out = 40)),
  month = format(seq(as.Date("2021-03-01"), by = "month", length.out = 40), "%m"),
  stringsAsFactors = FALSE
)
series$revenue <- round(200 + 3.5 * k + 40 * sin(2 * pi * k / 12) + 25 * (wobble(k, 61, 23) - 0.5), 2)
series$revenue_lag_1 <- c(NA, head(series$revenue, -1))
series$revenue_lag_12 <- c(rep(NA, 12), head(series$revenue, -12))
tables <- list(sales = sales, series = series)

# name, table, formula, and in words what is asked of it
models <- list(
  list("numbers", "sales", revenue ~ budget + price, "two numeric columns"),
  list("constant", "sales", revenue ~ 1, "a constant alone"),
  list("category", "sales", revenue ~ budget + region, "a category of four levels, the first is the base"),
  list("base", "sales", revenue ~ budget + relevel(factor(region), ref = "south"), "the same, south is the base"),
  list("number by category", "sales", revenue ~ budget * region, "a numeric column, a category and their interaction"),
  list("category by category", "sales", revenue ~ region * channel, "two categories and their interaction"),
  list("number by number", "sales", revenue ~ budget * price, "two numeric columns and their product"),
  list("polynomial", "sales", revenue ~ budget + I(budget^2) + I(budget^3), "budget and its second and third power"),
  list("logarithm", "sales", revenue ~ log(budget) + price, "the natural logarithm of budget, and price"),
  list("weights", "sales", revenue ~ budget + region, "a category with weights, some of them zero", "weight"),
  list("missing", "sales", revenue_known ~ visits_known + region, "rows with a null in the target or in visits_known are left out"),
  list("missing and weights", "sales", revenue_known ~ visits_known * channel, "nulls, an interaction and weights", "weight"),
  list("no intercept", "sales", revenue ~ 0 + budget + price, "two numeric columns without a constant"),
  list("no intercept, category", "sales", revenue ~ 0 + region + budget, "without a constant the category has all its levels"),
  list("no intercept, two categories", "sales", revenue ~ 0 + region + channel, "the first category has all its levels, the second has a base"),
  list("no intercept, weights", "sales", revenue ~ 0 + budget + price, "without a constant, with weights", "weight"),
  list("sum of columns", "sales", revenue ~ budget + price + total + region, "total is budget + price"),
  list("constant column", "sales", revenue ~ budget + constant + price, "a column that has one value"),
  list("level as a column", "sales", revenue ~ region + south + budget, "south is 1 where region is south"),
  list("empty cell", "sales", revenue ~ region * channel_west, "two categories, one pair of whose levels does not occur"),
  list("collinear, weights", "sales", revenue ~ total + budget + price, "price is total - budget, with weights", "weight"),
  list("trend and season", "series", revenue ~ index + month, "a trend and the month as a category"),
  list("lags", "series", revenue ~ revenue_lag_1 + revenue_lag_12, "the target one and twelve rows before; rows without are left out")
)

told <- function(name, table, formula, words, weights = NULL) {
  data <- tables[[table]]
  # lm looks its weights up where the formula was made.
  environment(formula) <- environment()
  w <- if (is.null(weights)) NULL else data[[weights]]
  fit <- lm(formula, data, weights = w)
  s <- summary(fit)
  kept <- !is.na(coef(fit))
  design <- model.matrix(fit)
  frame <- model.frame(fit)
  y <- model.response(frame)
  used <- if (is.null(w)) rep(1, length(y)) else model.weights(frame)
  some <- used != 0
  X <- design[some, kept, drop = FALSE] * sqrt(used[some])
  unit <- svd(sweep(X, 2, sqrt(colSums(X^2)), "/"))$d
  bread <- chol2inv(qr.R(qr(X, LAPACK = FALSE)))
  scores <- X * (sqrt(used) * resid(fit))[some]
  n <- sum(some)
  robust <- n / (n - sum(kept)) * bread %*% crossprod(scores) %*% bread
  range <- suppressWarnings(confint(fit))[kept, , drop = FALSE]
  rows <- as.integer(rownames(frame))[c(1, 2, 5, 11, 20)]
  new <- data[rows, , drop = FALSE]
  mean <- suppressWarnings(predict(fit, new, interval = "confidence"))
  single <- suppressWarnings(predict(fit, new, interval = "prediction"))
  f <- s$fstatistic
  list(
    name = name, table = table, words = words, formula = paste(deparse(formula, width.cutoff = 500), collapse = " "),
    target = as.character(formula[[2]]), intercept = attr(terms(fit), "intercept") == 1, weights = weights,
    rows_used = I(as.integer(rownames(frame))),
    design = lapply(split(t(design), seq_len(ncol(design))), I), design_terms = I(colnames(design)),
    terms = I(names(coef(fit))[kept]), aliased = I(names(coef(fit))[!kept]),
    estimate = I(unname(coef(fit)[kept])), std_error = I(unname(s$coefficients[, 2])),
    t = I(unname(s$coefficients[, 3])), p = I(unname(s$coefficients[, 4])),
    low = I(unname(range[, 1])), high = I(unname(range[, 2])),
    hc1_std_error = I(unname(sqrt(diag(robust)))),
    covariance = lapply(seq_len(sum(kept)), function(j) I(unname(vcov(fit, complete = FALSE)[j, ]))),
    n = n, degrees_of_freedom = fit$df.residual, rss = deviance(fit), sigma = s$sigma,
    r2 = s$r.squared, adjusted_r2 = s$adj.r.squared,
    f = if (is.null(f)) NULL else list(
      value = unname(f[1]), numerator = unname(f[2]), denominator = unname(f[3]),
      p = unname(pf(f[1], f[2], f[3], lower.tail = FALSE))),
    log_likelihood = as.numeric(logLik(fit)), aic = AIC(fit), bic = BIC(fit), condition_number = max(unit) / min(unit),
    residuals = I(unname(quantile(s$residuals))),
    predictions = list(
      rows = I(rows), fit = I(unname(mean[, 1])), confidence_low = I(unname(mean[, 2])), confidence_high = I(unname(mean[, 3])),
      prediction_low = I(unname(single[, 2])), prediction_high = I(unname(single[, 3])))
  )
}

lines <- c(
  paste0("{\"r\": ", text(R.version.string), ","),
  "\"tables\": {",
  paste0("  ", text(names(tables)), ": ", vapply(tables, function(t) json(lapply(as.list(t), I)), ""), collapse = ",\n"),
  "},",
  "\"models\": [",
  paste0("  ", vapply(models, function(m) {
    answer <- do.call(told, m)
    names(answer$design) <- NULL
    gsub("\", \"", "\",\"", json(answer))
  }, ""), collapse = ",\n"),
  "]}"
)
writeLines(lines, out)
